using System.Text.Unicode;
using Plotune.Mqtt.Agent.Outbound;

namespace Plotune.Mqtt.Agent.Api;

/// <param name="Next">To be sent as <c>after</c> for the next page; null if this is the last.</param>
internal sealed record DeadLettersAnswer(IReadOnlyList<DeadLetterEntry> DeadLetters, string? Next);

/// <param name="Count">How many it befell.</param>
internal sealed record CountAnswer(string Status, string Message, int Count);

/// <summary>One message that was refused for good.</summary>
/// <param name="Time">When it was refused, in seconds since 1970.</param>
/// <param name="Reason">Name of the reason code or local fault.</param>
/// <param name="Payload">The payload's text, or its bytes as hexadecimal digits, as <paramref name="Encoding"/> says.</param>
/// <param name="Encoding">text or hex.</param>
/// <param name="Cut">The payload is longer than what is shown.</param>
/// <param name="Resendable">False if the payload was too large to be kept.</param>
internal sealed record DeadLetterEntry(
    long Id,
    double Time,
    string Connection,
    string Source,
    string Topic,
    int Qos,
    bool Retain,
    string Payload,
    string Encoding,
    long PayloadBytes,
    bool Cut,
    string Reason,
    string Sentence,
    bool Resendable)
{
    public static DeadLetterEntry Of(DeadLetter letter)
    {
        var payload = letter.Message.Payload.Span;
        var cut = payload.Length < letter.PayloadBytes;
        var text = TextOf(payload, cut);
        return new DeadLetterEntry(
            letter.Id,
            UnixTime.SecondsOf(letter.Refused),
            letter.Connection,
            letter.Source,
            letter.Message.Topic,
            (int)letter.Message.QualityOfService,
            letter.Message.Retain,
            text ?? Convert.ToHexStringLower(payload),
            text is null ? "hex" : "text",
            letter.PayloadBytes,
            cut,
            letter.Reason,
            letter.Sentence,
            letter.IsComplete);
    }

    /// <returns>Null if it is no text. A character that was cut through is left out.</returns>
    private static string? TextOf(ReadOnlySpan<byte> payload, bool cut)
    {
        for (var left = 0; left <= (cut ? Math.Min(3, payload.Length) : 0); left++)
        {
            var whole = payload[..^left];
            if (Utf8.IsValid(whole)) return System.Text.Encoding.UTF8.GetString(whole);
        }

        return null;
    }
}
