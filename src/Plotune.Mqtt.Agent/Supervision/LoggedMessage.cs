namespace Plotune.Mqtt.Agent.Supervision;

/// <summary>A message in a connection's message log.</summary>
/// <param name="Id">The same at every call; ordinally greater for messages that are newer, and no other message has it.</param>
/// <param name="Direction">in or out.</param>
/// <param name="Source">What brought it, in the words of <see cref="MessageSources"/>.</param>
/// <param name="Time">Seconds since 1970.</param>
/// <param name="Text">Payload if it is text, cut at the log's limit; otherwise null.</param>
/// <param name="Hex">Payload in hexadecimal digits if it is no text; otherwise null.</param>
/// <param name="PayloadBytes">Length of the whole payload.</param>
/// <param name="Failure">Why it could not be decoded or published; null if it could.</param>
internal sealed record LoggedMessage(
    string Id,
    string Connection,
    string Direction,
    string Source,
    double Time,
    string Topic,
    int QualityOfService,
    bool Retained,
    string? Text,
    string? Hex,
    int PayloadBytes,
    bool Cut,
    string? Failure);
