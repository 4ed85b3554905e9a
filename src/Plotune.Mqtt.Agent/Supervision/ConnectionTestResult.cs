namespace Plotune.Mqtt.Agent.Supervision;

/// <summary>How a connection test ended.</summary>
/// <param name="Stage">How far it got: start, connect, subscribe or done.</param>
/// <param name="Reason">A sentence a person can act on; also says so if all is well.</param>
/// <param name="Protocol">"5.0" or "3.1.1"; empty if no CONNACK came.</param>
internal sealed record ConnectionTestResult(bool Success, string Stage, string Reason, string Protocol, IReadOnlyList<TopicTestResult> Topics);

/// <summary>What SUBACK said about one filter.</summary>
/// <param name="Granted">QoS 0 to 2; null if refused or unanswered.</param>
internal sealed record TopicTestResult(string Filter, int? Granted, string Reason);
