using Plotune.Mqtt.Agent.Signals;

namespace Plotune.Mqtt.Agent.Api;

/// <summary><c>WS /ws</c>: many signals on one socket.</summary>
internal sealed class LiveEndpoint(SignalStore signals, ViewerHost host, ViewerSlots slots, SendPace pace, TimeProvider timeProvider)
{
    private const int MaximumMessageBytes = 64 * 1024;

    public void Map(IEndpointRouteBuilder routes) => routes.MapGet("/ws", context => host.ServeAsync(context, StreamAsync));

    private async Task StreamAsync(ViewerSocket socket, CancellationToken stopping)
    {
        using var viewer = new SignalViewer(slots.BufferSamples);
        var format = new NamedSignalFormat();
        var session = new LiveSession(socket, signals, viewer, format);
        await socket.RunAsync(new SampleSender(socket.SendFramesAsync, viewer, format, pace, timeProvider).RunAsync, session.TakeAsync, MaximumMessageBytes, stopping);
    }
}
