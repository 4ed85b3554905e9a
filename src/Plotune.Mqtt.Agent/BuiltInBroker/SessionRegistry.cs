using System.Collections.Concurrent;
using MQTTnet.Server;

namespace Plotune.Mqtt.Agent.BuiltInBroker;

/// <summary>
/// Who is connected and which sessions there are: keeps both within their limits, and removes sessions whose time is over (MQTT 5.0, 3.1.2.11.2), which
/// MQTTnet keeps for ever. Thread-safe.
/// </summary>
internal sealed partial class SessionRegistry(MqttServer server, BrokerLimits limits, TimeProvider timeProvider, ILogger<SessionRegistry> logger) : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly QueueBudget _budget = new(limits.QueuedBytesInTotal);
    private readonly ConcurrentDictionary<string, BrokerSession> _sessions = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();
    private readonly Dictionary<string, List<BrokerChannel>> _channels = new(StringComparer.Ordinal);

    /// <summary>Held while somebody is let in, and while sessions are removed: one must not end under a client that is just coming back to it.</summary>
    private readonly SemaphoreSlim _admitting = new(1);

    private volatile int _sessionCount;

    /// <summary>Those that have got their CONNACK.</summary>
    public IReadOnlyList<BrokerClient> Clients
    {
        get
        {
            lock (_lock) return [.. _channels.Values.SelectMany(channels => channels).Select(channel => channel.Client).OfType<BrokerClient>().OrderBy(client => client.ClientId, StringComparer.Ordinal)];
        }
    }

    public int ClientCount
    {
        get
        {
            lock (_lock) return _channels.Count;
        }
    }

    /// <summary>Sessions kept, those of absent clients included, as they were a second ago.</summary>
    public int SessionCount => _sessionCount;

    /// <summary>Bytes of the messages that wait for all clients together.</summary>
    public long QueuedBytes => _budget.Taken;

    public BrokerSession Of(string clientId) => _sessions.GetOrAdd(clientId, static (_, registry) => registry.NewSession(), this);

    /// <summary>Takes a client in, until <see cref="Leave"/>.</summary>
    /// <returns>Null, or which <see cref="BrokerReason"/> keeps it out.</returns>
    public async Task<string?> AdmitAsync(BrokerChannel channel, string clientId, CancellationToken cancellationToken)
    {
        await _admitting.WaitAsync(cancellationToken);
        try
        {
            var statuses = await server.GetSessionsAsync();
            if (statuses.FirstOrDefault(status => status.Id == clientId) is { } own && await TryEndAsync(own)) statuses.Remove(own);
            // One that was let in a moment ago may have no session yet.
            var sessions = statuses.Select(status => status.Id).ToHashSet(StringComparer.Ordinal);
            lock (_lock)
            {
                // A client that comes again takes the place of its older connection.
                if (!_channels.ContainsKey(clientId) && _channels.Count >= limits.Clients) return BrokerReason.Clients;
                sessions.UnionWith(_channels.Keys);
                if (!sessions.Contains(clientId) && sessions.Count >= limits.Sessions) return BrokerReason.Sessions;
                if (!_channels.TryGetValue(clientId, out var channels)) _channels[clientId] = channels = [];
                channels.Add(channel);
                return null;
            }
        }
        finally
        {
            _admitting.Release();
        }
    }

    /// <summary>A client that was admitted gets its CONNACK.</summary>
    public BrokerSession Begin(string clientId, bool isSessionPresent, uint maximumPacketBytes)
    {
        var session = isSessionPresent ? Of(clientId) : Renew(clientId);
        session.ClientConnected(maximumPacketBytes);
        return session;
    }

    /// <summary>A network connection is closed, admitted or not.</summary>
    public void Leave(BrokerChannel channel)
    {
        if (channel.ClientId is not { Length: > 0 } clientId) return;
        lock (_lock)
        {
            if (!_channels.TryGetValue(clientId, out var channels) || !channels.Remove(channel) || channels.Count > 0) return;
            _channels.Remove(clientId);
            if (channel.Client is not null) Of(clientId).ClientLeft(timeProvider.GetTimestamp(), channel.SessionInterval);
        }
    }

    /// <summary>Removes sessions whose time is over, until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Interval, timeProvider);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken)) await SweepAsync(cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Stopped.
        }
    }

    public void Dispose() => _admitting.Dispose();

    private async Task SweepAsync(CancellationToken cancellationToken)
    {
        await _admitting.WaitAsync(cancellationToken);
        try
        {
            var known = new HashSet<string>(StringComparer.Ordinal);
            foreach (var status in await server.GetSessionsAsync())
            {
                if (!await TryEndAsync(status)) known.Add(status.Id);
            }

            _sessionCount = known.Count;
            foreach (var clientId in _sessions.Keys.Where(clientId => !known.Contains(clientId) && !IsConnected(clientId))) Forget(clientId);
        }
        finally
        {
            _admitting.Release();
        }
    }

    private async Task<bool> TryEndAsync(MqttSessionStatus status)
    {
        var session = Of(status.Id);
        if (IsConnected(status.Id))
        {
            var queuedEver = session.QueuedEver;
            if (status.PendingApplicationMessagesCount == 0) session.Settle(queuedEver);
            return false;
        }

        if (!session.IsOver(timeProvider)) return false;
        try
        {
            await status.DeleteAsync();
            return true;
        }
#pragma warning disable CA1031 // Whatever MQTTnet trips over in one session, the others are to be looked after.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Log.NotRemoved(logger, exception, status.Id);
            return false;
        }
    }

    private bool IsConnected(string clientId)
    {
        lock (_lock) return _channels.ContainsKey(clientId);
    }

    private BrokerSession NewSession() => new(limits, _budget);

    private BrokerSession Renew(string clientId)
    {
        var session = NewSession();
        _sessions.AddOrUpdate(clientId, session, (_, former) =>
        {
            former.Close();
            return session;
        });
        return session;
    }

    private void Forget(string clientId)
    {
        if (_sessions.TryRemove(clientId, out var session)) session.Close();
    }

    private static partial class Log
    {
        [LoggerMessage(3605, LogLevel.Warning, "Built-in broker: the session of {ClientId} could not be removed; it is tried again")]
        public static partial void NotRemoved(ILogger logger, Exception exception, string clientId);
    }
}
