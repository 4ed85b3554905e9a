using Plotune.Mqtt.Agent.Supervision;

namespace Plotune.Mqtt.Agent.Api;

internal sealed record MessagesAnswer(IReadOnlyList<MessageEntry> Messages);

/// <summary>One message of the log.</summary>
/// <param name="Direction">in or out.</param>
/// <param name="Id">The same at every call; as text, greater for messages that are newer.</param>
/// <param name="Source">What brought it, in the words of <see cref="MessageSources"/>.</param>
/// <param name="Payload">The payload's text, or its bytes as hexadecimal digits, as <paramref name="Encoding"/> says.</param>
/// <param name="Encoding">text or hex.</param>
/// <param name="Cut">The payload is longer than what is shown.</param>
/// <param name="Failure">Why it could not be decoded or sent; null if all is well.</param>
internal sealed record MessageEntry(
    string Id,
    double Time,
    string Direction,
    string Source,
    string Connection,
    string Topic,
    int Qos,
    bool Retained,
    string Payload,
    string Encoding,
    int PayloadBytes,
    bool Cut,
    string? Failure)
{
    public static MessageEntry Of(LoggedMessage message) => new(
        message.Id,
        message.Time,
        message.Direction,
        message.Source,
        message.Connection,
        message.Topic,
        message.QualityOfService,
        message.Retained,
        message.Text ?? message.Hex ?? "",
        message.Text is null ? "hex" : "text",
        message.PayloadBytes,
        message.Cut,
        message.Failure);
}
