namespace Plotune.Mqtt.Agent.Api;

/// <summary><c>GET /api/status</c>. Times in seconds since 1970, spans in seconds.</summary>
internal sealed record AgentStatusAnswer(
    string Name, string Version, double Started, double Uptime, CoreStatus Core, AgentCounts Counts, IReadOnlyList<LimitReached> LimitsReached, IReadOnlyList<NoticeEntry> Notices);

/// <param name="Standalone">The agent runs without Core.</param>
/// <param name="Reason">Why the last call failed; empty while all is well.</param>
internal sealed record CoreStatus(
    bool Standalone, string Address, bool Registered, double? LastHeartbeat, int HeartbeatFailures, string Reason, long AnnouncementsPending);

internal sealed record AgentCounts(
    int Connections, int Connected, int Signals, int Viewers, int Bridges, int BridgesConnected, long Received, long Samples, long DecodeFailures, long ViewerSamplesDropped, long CoreEventsDropped, long CoreCallsRefused);

/// <param name="Limit">Which limit.</param>
/// <param name="Refused">How often something was refused because of it.</param>
internal sealed record LimitReached(string Limit, string Connection, long Refused);

internal sealed record NoticeEntry(double Time, string Connection, string Kind, string Subject, string Text);
