using Plotune.Mqtt.Client;

namespace Plotune.Mqtt.Agent.Configuration;

/// <summary>MQTT versions as the API and the form name them.</summary>
internal static class ProtocolText
{
    public static readonly (string Name, ProtocolPreference Value)[] Choices =
        [("auto", ProtocolPreference.Auto), ("3.1.1", ProtocolPreference.V311), ("5.0", ProtocolPreference.V500)];

    public static string NameOf(ProtocolPreference protocol) => Array.Find(Choices, choice => choice.Value == protocol).Name;
}
