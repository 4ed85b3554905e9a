namespace Plotune.Mqtt.Client;

/// <summary>Which MQTT version a connection speaks.</summary>
public enum ProtocolPreference
{
    /// <summary>5.0 first; 3.1.1 when the broker refuses 5.0. The answer is remembered for the life of the connection object.</summary>
    Auto,

    /// <summary>MQTT 3.1.1 only.</summary>
    V311,

    /// <summary>MQTT 5.0 only.</summary>
    V500,
}
