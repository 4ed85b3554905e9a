using System.Text;

namespace Plotune.Mqtt.Agent.Configuration;

/// <summary>Members of a connection that follow MQTT's rules for texts, or hold a secret.</summary>
internal static class ConnectionFields
{
    /// <summary>Longest text or binary data in an MQTT packet (MQTT 5.0, 1.5.4 and 1.5.6).</summary>
    public const int MaximumTextBytes = 65_535;

    /// <summary>A text that fits an MQTT string.</summary>
    public static string? MqttText(this JsonFields fields, string member)
    {
        var text = fields.Text(member);
        if (text is null || (!text.Contains('\0') && Encoding.UTF8.GetByteCount(text) <= MaximumTextBytes)) return text;
        fields.Fault(member, "must be at most 65,535 bytes without the character U+0000"); // [MQTT-1.5.4-2]
        return null;
    }

    /// <summary>A secret: absent and <c>***</c> keep <paramref name="kept"/>, empty removes it.</summary>
    public static Secret Secret(this JsonFields fields, string member, Secret? kept) => fields.MqttText(member) switch
    {
        null or Configuration.Secret.Mask => kept ?? Configuration.Secret.None,
        { } text => Configuration.Secret.From(text),
    };

    /// <summary>Adds what <paramref name="error"/> says, if anything.</summary>
    public static void Fault(this JsonFields fields, string member, string? error)
    {
        if (error is not null) fields.Faults.Add(fields.NameOf(member), error);
    }
}
