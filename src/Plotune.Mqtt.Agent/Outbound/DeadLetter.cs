namespace Plotune.Mqtt.Agent.Outbound;

/// <summary>A message that was refused for good, as it is kept.</summary>
/// <param name="Connection">Whose broker refused it.</param>
/// <param name="Source">Who wanted it published.</param>
/// <param name="Reason">Name of the reason code or local fault.</param>
/// <param name="Sentence">The same for a person.</param>
/// <param name="Message">Its payload may be cut, see <paramref name="PayloadBytes"/>.</param>
/// <param name="PayloadBytes">Length of the whole payload.</param>
/// <param name="IsComplete">The payload is kept, and the message can be sent again.</param>
internal sealed record DeadLetter(
    long Id, string Connection, string Source, DateTimeOffset Refused, string Reason, string Sentence, OutboundMessage Message, long PayloadBytes, bool IsComplete);
