using MQTTnet.Formatter;

namespace Plotune.Mqtt.Client.Session;

/// <summary>Which protocol version to speak next, and what is known about it. Remembers for the life of a connection object.</summary>
internal sealed class ProtocolChoice(ProtocolPreference preference)
{
    private bool _accepted;

    public MqttProtocolVersion Version { get; private set; } =
        preference == ProtocolPreference.V311 ? MqttProtocolVersion.V311 : MqttProtocolVersion.V500;

    /// <summary>A CONNACK accepted this version.</summary>
    public void Accepted() => _accepted = true;

    /// <summary>True if a refusal of the version is no reason to give up, since the other one may do.</summary>
    public bool HasAlternative => preference == ProtocolPreference.Auto;

    /// <summary>
    /// Draws the conclusion from a failed attempt. A version that was accepted once is given up only by a clear word of the broker: brokers that
    /// restart behind a proxy close silently, too.
    /// </summary>
    /// <returns>True if the other version should be tried at once.</returns>
    public bool FallsBack(ConnectionEnd end)
    {
        if (!HasAlternative || end.Hint == ProtocolHint.None || (_accepted && end.Hint != ProtocolHint.Unsupported))
            return false;
        _accepted = false;
        if (Version == MqttProtocolVersion.V500)
        {
            Version = MqttProtocolVersion.V311;
            return true;
        }

        // Neither version pleased the broker. Start over from 5.0, but not at once.
        Version = MqttProtocolVersion.V500;
        return false;
    }

    public static string Name(MqttProtocolVersion version) => version == MqttProtocolVersion.V500 ? "5.0" : "3.1.1";
}
