namespace Plotune.Mqtt.Payloads;

/// <summary>How decoding a payload ended. A payload that cannot be decoded is a result, not an exception.</summary>
public enum DecodeResult : byte
{
    /// <summary>The message holds zero or more samples.</summary>
    Decoded = 0,

    /// <summary>Neither JSON nor well-formed UTF-8 text.</summary>
    NotText,

    /// <summary>JSON nested deeper than the limit.</summary>
    TooDeep,

    /// <summary>More leaves than the limit.</summary>
    TooManyLeaves,
}
