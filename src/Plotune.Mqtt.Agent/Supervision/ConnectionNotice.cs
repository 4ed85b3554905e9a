namespace Plotune.Mqtt.Agent.Supervision;

/// <summary>Something a person should know about a connection; once per episode.</summary>
/// <param name="Subject">What it is about, such as a topic filter; may be empty.</param>
/// <param name="Text">A sentence a person can act on.</param>
internal sealed record ConnectionNotice(DateTimeOffset Time, ConnectionEventKind Kind, string Subject, string Text);
