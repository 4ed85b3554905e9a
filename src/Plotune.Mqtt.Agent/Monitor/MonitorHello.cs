namespace Plotune.Mqtt.Agent.Monitor;

/// <summary>The first frame on <c>/api/monitor</c>.</summary>
internal sealed record MonitorHello(MonitorHelloEntry Hello);

/// <param name="Run">Another one after each start of the agent.</param>
/// <param name="Now">Seconds since 1970.</param>
internal sealed record MonitorHelloEntry(string Run, string Name, string Version, double Now);
