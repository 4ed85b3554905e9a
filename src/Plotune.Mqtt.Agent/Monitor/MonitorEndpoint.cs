using System.Text.Json;
using Plotune.Mqtt.Agent.Api;
using Plotune.Mqtt.Agent.Hosting;
using Plotune.Mqtt.Agent.Signals;
using Plotune.Mqtt.Agent.Supervision;

namespace Plotune.Mqtt.Agent.Monitor;

/// <summary><c>WS /api/monitor</c>: what the monitor page shows, as it changes.</summary>
internal sealed class MonitorEndpoint(SignalStore signals, ViewerHost host, MonitorStatus status, IConnectionManager connections, AgentSettings settings, TimeProvider timeProvider)
{
    /// <summary>Room for 200 curves with long keys.</summary>
    private const int MaximumMessageBytes = 256 * 1024;

    /// <summary>Tells a page that reconnects whether it finds the same run of the agent.</summary>
    private readonly string _run = Guid.NewGuid().ToString("N");

    public void Map(IEndpointRouteBuilder routes) => routes.MapGet("/api/monitor", context => host.ServeAsync(context, ServeAsync));

    private async Task ServeAsync(ViewerSocket socket, CancellationToken stopping)
    {
        var catalog = new CatalogPart(signals);
        using var curves = new CurvesPart(signals);
        await using var messages = new MessagesPart(connections);
        IMonitorPart[] parts = [new StatusPart(status, timeProvider), catalog, new ValuesPart(catalog), curves, messages];
        using var session = new MonitorSession(socket, parts, Hello(), timeProvider);
        await socket.RunAsync(session.RunAsync, session.TakeAsync, MaximumMessageBytes, stopping);
    }

    private byte[] Hello()
    {
        var hello = new MonitorHello(new MonitorHelloEntry(_run, settings.Manifest.Name, settings.Manifest.Version, UnixTime.SecondsOf(timeProvider.GetUtcNow())));
        return JsonSerializer.SerializeToUtf8Bytes(hello, ApiJson.Readable.MonitorHello);
    }
}
