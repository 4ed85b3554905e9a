using Plotune.Mqtt.Agent.Supervision;
using Plotune.Mqtt.Worker.Ipc;

namespace Plotune.Mqtt.Agent.Api;

internal sealed record MessagesAnswer(IReadOnlyList<MessageEntry> Messages);

/// <summary>One message of the log.</summary>
/// <param name="Direction">in or out.</param>
/// <param name="Source">What brought it: <c>mqtt</c>, a message from a broker; <c>queue</c>, one that was published from the connection's queue.</param>
/// <param name="Payload">The payload's text, or its bytes as hexadecimal digits, as <paramref name="Encoding"/> says.</param>
/// <param name="Encoding">text or hex.</param>
/// <param name="Cut">The payload is longer than what is shown.</param>
/// <param name="Failure">Why it could not be decoded or sent; null if all is well.</param>
internal sealed record MessageEntry(
    double Time, string Direction, string Source, string Connection, string Topic, int Qos, bool Retained, string Payload, string Encoding, int PayloadBytes, bool Cut, string? Failure)
{
    public static MessageEntry Of(LoggedMessage message) => new(
        message.Time,
        message.Direction,
        message.Direction == WorkerMessage.Out ? "queue" : "mqtt",
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
