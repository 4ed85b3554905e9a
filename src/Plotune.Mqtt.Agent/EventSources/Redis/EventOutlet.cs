using Plotune.Mqtt.Agent.Configuration;
using Plotune.Mqtt.Agent.Outbound;
using Plotune.Mqtt.Agent.Storage;
using Plotune.Mqtt.Agent.Supervision;

namespace Plotune.Mqtt.Agent.EventSources.Redis;

/// <summary>Where a source's events go: the durable queues of its connections. It waits as long as they take none, and says why.</summary>
internal sealed class EventOutlet(RedisSourceSettings settings, IOutboundQueues queues, IConnectionManager connections, SourceProgress progress, TimeProvider timeProvider)
{
    /// <summary>How often a queue that took nothing is tried again.</summary>
    private static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(1);

    private readonly OutboundSource _source = new(SourceNameOf(settings.Name), OverflowPolicy.Refuse);

    /// <summary>Name under which the queues know a source.</summary>
    public static string SourceNameOf(string source) => OutboundSource.OfEvents(source);

    /// <summary>Completes once the messages are on disk for every connection.</summary>
    /// <param name="confirm">Called before each attempt after a wait: whoever gave us the messages may have lost the right to them.</param>
    /// <param name="stop">Ends the waiting. Storing that has begun is not called off: what became of it would not be known.</param>
    public async Task AcceptAsync(IReadOnlyList<OutboundMessage> messages, Func<Task> confirm, CancellationToken stop)
    {
        while (await TryAcceptAsync(messages) is { } obstacle)
        {
            progress.Set(SourceActivity.Waiting, obstacle.Reason);
            await obstacle.Wait(stop);
            stop.ThrowIfCancellationRequested();
            await confirm();
        }

        progress.Set(SourceActivity.Connected);
        progress.Accepted(messages.Count);
    }

    /// <returns>Null if they are taken.</returns>
    private async Task<Obstacle?> TryAcceptAsync(IReadOnlyList<OutboundMessage> messages)
    {
        try
        {
            return await queues.AcceptAsync(settings.Connections, _source, messages, CancellationToken.None) switch
            {
                OutboundVerdict.Accepted => null,
                OutboundVerdict.NoConnection => new Obstacle(MissingConnections(), PauseAsync),
                _ => new Obstacle($"The outbound queue of {Named(settings.Connections)} is full; events wait in Redis.", stop => queues.WaitForRoomAsync(settings.Connections, RetryInterval, stop)),
            };
        }
        catch (StorageException exception)
        {
            return new Obstacle($"{exception.Message} Events wait in Redis.", PauseAsync);
        }
    }

    private Task PauseAsync(CancellationToken stop) => Task.Delay(RetryInterval, timeProvider, stop);

    private string MissingConnections()
    {
        string[] missing = [.. settings.Connections.Where(name => connections.Get(name) is null)];
        return $"There is no connection named {string.Join(" or ", (missing.Length > 0 ? missing : [.. settings.Connections]).Select(name => $"'{name}'"))}; events wait in Redis until there is one.";
    }

    private static string Named(ValueList<string> names) =>
        names.Count == 1 ? $"connection '{names[0]}'" : $"one of the connections {string.Join(", ", names.Select(name => $"'{name}'"))}";

    private sealed record Obstacle(string Reason, Func<CancellationToken, Task> Wait);
}
