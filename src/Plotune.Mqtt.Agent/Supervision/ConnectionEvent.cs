namespace Plotune.Mqtt.Agent.Supervision;

/// <summary>Something happened to a connection; for toasts and the runtime queue.</summary>
/// <param name="Connection">Name of the connection.</param>
/// <param name="Subject">What it is about, such as a topic filter; may be empty.</param>
/// <param name="Text">A sentence for a person.</param>
internal sealed record ConnectionEvent(DateTimeOffset Time, ConnectionEventKind Kind, string Connection, string Subject, string Text);
