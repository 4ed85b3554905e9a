namespace Plotune.Mqtt.Payloads.Json;

/// <summary>What the registry said about a path.</summary>
internal enum SignalState : byte
{
    /// <summary>Not asked: the path has never been a leaf.</summary>
    None,

    Registered,

    /// <summary>The limit on signals was reached; it is not asked again.</summary>
    Refused,
}
