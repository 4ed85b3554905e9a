using Plotune.Mqtt.Agent.Signals;

namespace Plotune.Mqtt.Agent.Api;

/// <summary><c>WS /fetch/{signal}</c>: history, then live samples of one signal. Whatever the viewer says is ignored.</summary>
internal sealed class FetchEndpoint(SignalStore signals, ViewerHost host, ViewerSlots slots, SendPace pace, TimeProvider timeProvider)
{
    private const string Prefix = "/fetch/";

    public void Map(IEndpointRouteBuilder routes) => routes.MapGet(Prefix + "{**name}", ServeAsync);

    private Task ServeAsync(HttpContext context)
    {
        var name = RequestName.Of(context, Prefix);
        return name.Length == 0
            ? ApiAnswer.WriteDetailAsync(context, StatusCodes.Status404NotFound, "Name a signal: /fetch/{signal}")
            : host.ServeAsync(context, (socket, stopping) => StreamAsync(socket, name, stopping));
    }

    private async Task StreamAsync(ViewerSocket socket, string name, CancellationToken stopping)
    {
        using var viewer = new SignalViewer(slots.BufferSamples);
        using var subscription = signals.Subscribe(ExactName(name), viewer, history: true);
        await socket.RunAsync(new SampleSender(socket.SendFramesAsync, viewer, new SingleSignalFormat(), pace, timeProvider).RunAsync, onMessage: null, 0, stopping);
    }

    /// <summary>A star is a wildcard for the store only: here it is a character of a topic, which no key has.</summary>
    private string ExactName(string name) => name.Contains('*') ? signals.Find(name)?.Key ?? name.Replace('*', '_') : name;
}
