using MQTTnet.Server;

namespace Plotune.Mqtt.Agent.BuiltInBroker;

/// <summary>Removes sessions whose Session Expiry Interval is over (MQTT 5.0, 3.1.2.11.2): MQTTnet keeps them for ever.</summary>
internal sealed class SessionExpiry(MqttServer server, TimeProvider timeProvider)
{
    private const uint Never = uint.MaxValue;

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private volatile int _count;

    /// <summary>Sessions there were when it last looked.</summary>
    public int Count => _count;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Interval, timeProvider);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken))
            {
                var sessions = await server.GetSessionsAsync();
                var over = sessions.Where(session => IsOver(session.DisconnectedTimestamp, session.ExpiryInterval, timeProvider.GetUtcNow().UtcDateTime)).ToList();
                foreach (var session in over) await session.DeleteAsync();
                _count = sessions.Count - over.Count;
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Stopped.
        }
    }

    /// <summary>A session without an interval is one of MQTT 3.1.1, which knows none: those of 5.0 ended with their connection.</summary>
    internal static bool IsOver(DateTime? disconnected, uint interval, DateTime now) =>
        disconnected is { } since && interval is not (0 or Never) && now - since >= TimeSpan.FromSeconds(interval);
}
