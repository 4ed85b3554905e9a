namespace Plotune.Mqtt.Agent.Configuration;

/// <summary>What is checked of a broker's certificate.</summary>
internal enum TlsVerification
{
    /// <summary>Chain and name.</summary>
    Full,

    /// <summary>Nothing: encrypted, but the broker may be anyone. Shown as a warning.</summary>
    None,
}
