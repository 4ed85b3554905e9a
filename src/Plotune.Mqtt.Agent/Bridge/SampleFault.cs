namespace Plotune.Mqtt.Agent.Bridge;

/// <summary>Why a message of a source is no sample.</summary>
internal enum SampleFault
{
    None,

    /// <summary>It holds nothing, or nothing but blanks.</summary>
    Empty,

    /// <summary>It is no UTF-8.</summary>
    NotText,

    /// <summary>It is longer than <see cref="BridgeLimits.MaximumMessageBytes"/>.</summary>
    TooLarge,
}
