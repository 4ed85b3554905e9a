using Plotune.Mqtt.Agent.Supervision;

namespace Plotune.Mqtt.Agent.Api;

internal sealed record MessagesAnswer(IReadOnlyList<MessageEntry> Messages);

/// <summary>One message of the log.</summary>
/// <param name="Direction">in or out.</param>
/// <param name="Source">Where it came from: the connection's name, or the event source's or bridge's.</param>
/// <param name="Text">Payload if it is text; null otherwise.</param>
/// <param name="Hex">Payload in hexadecimal digits if it is no text; null otherwise.</param>
/// <param name="Cut">The payload is longer than what is shown.</param>
/// <param name="Failure">Why it could not be decoded or sent; null if all is well.</param>
internal sealed record MessageEntry(
    double Time, string Direction, string Source, string Connection, string Topic, int Qos, bool Retained, string? Text, string? Hex, int PayloadBytes, bool Cut, string? Failure)
{
    public static MessageEntry Of(LoggedMessage message) => new(
        message.Time,
        "in",
        message.Connection,
        message.Connection,
        message.Topic,
        message.QualityOfService,
        message.Retained,
        message.Text,
        message.Hex,
        message.PayloadBytes,
        message.Cut,
        message.Failure);
}
