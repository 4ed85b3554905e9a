using System.Text;
using Plotune.Mqtt.Client;

namespace Plotune.Mqtt.Agent.Outbound;

/// <summary>What a topic must be so that publishing to it does not end the connection, time and again, before all that follows.</summary>
internal static class PublishTopic
{
    private const int LastBeforeNonCharacters = 0xFDCF;
    private const int FirstAfterNonCharacters = 0xFDF0;
    private const int NonCharacterPair = 0xFFFE;

    /// <summary>A sentence; null if nothing is wrong.</summary>
    public static string? Error(string topic)
    {
        if (MqttTopic.NameError(topic) is { } error) return error;
        // A receiver may close the connection on these (MQTT 5.0, 1.5.4), and common brokers do.
        return topic.EnumerateRunes().Any(rune => Rune.IsControl(rune) || IsNonCharacter(rune.Value))
            ? "The topic name must not contain control characters or Unicode non-characters."
            : null;
    }

    private static bool IsNonCharacter(int value) =>
        value is > LastBeforeNonCharacters and < FirstAfterNonCharacters || (value & NonCharacterPair) == NonCharacterPair;
}
