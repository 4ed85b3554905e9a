using System.Text;

namespace Plotune.Mqtt.Client;

/// <summary>The rules for UTF-8 Encoded Strings we send (MQTT 5.0, 1.5.4).</summary>
internal static class MqttText
{
    public const int MaximumLengthBytes = ushort.MaxValue;

    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Well-formed Unicode without U+0000, 65,535 bytes at most.</summary>
    public static bool IsValid(string text)
    {
        try
        {
            return Utf8.GetByteCount(text) <= MaximumLengthBytes && !text.Contains('\0', StringComparison.Ordinal); // [MQTT-1.5.4-2]
        }
        catch (EncoderFallbackException)
        {
            return false; // [MQTT-1.5.4-1]
        }
    }
}
