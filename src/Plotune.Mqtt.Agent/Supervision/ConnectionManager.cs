using System.Collections.Concurrent;
using Plotune.Mqtt.Agent.Configuration;
using Plotune.Mqtt.Agent.Outbound;
using Plotune.Mqtt.Agent.Signals;
using Plotune.Mqtt.Agent.Storage;
using Plotune.Mqtt.Worker.Ipc;

namespace Plotune.Mqtt.Agent.Supervision;

/// <summary>All broker connections: their settings, their workers and their state. Thread-safe.</summary>
internal sealed partial class ConnectionManager : IConnectionManager, IAsyncDisposable
{
    private readonly SignalStore _store;
    private readonly ConnectionRepository _repository;
    private readonly SignalRepository _signalRepository;
    private readonly HeldTopicsKeeper _heldTopics;
    private readonly OutboundQueues _outbound;
    private readonly AgentLimits _limits;
    private readonly WorkerContext _context;
    private readonly WorkerPace _pace = new();
    private readonly TimeProvider _timeProvider;
    private readonly ILogger _logger;
    private readonly ConnectionStorage _storage;
    private readonly SignalPersister _persister;
    private readonly EventDispatcher _events;
    private readonly ConnectionTester _tester;
    private readonly LeftSessions _leftSessions;
    private readonly ConcurrentDictionary<string, ConnectionSupervisor> _supervisors = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Task> _leaving = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _changing = new(1);
    private readonly CancellationTokenSource _stopping = new();
    private Task _background = Task.CompletedTask;
    private bool _stopped;

    /// <param name="store">Made with <c>persistent</c> on: this class sees to its storage.</param>
    /// <param name="outbound">This class opens and closes its queues; it stays its owner's.</param>
    public ConnectionManager(
        SignalStore store,
        ConnectionRepository repository,
        SignalRepository signalRepository,
        HeldTopicsRepository heldTopicsRepository,
        OutboundQueues outbound,
        OwnTopics ownTopics,
        WorkerLauncher launcher,
        AgentLimits limits,
        WorkerLimits workerLimits,
        TimeProvider timeProvider,
        ILoggerFactory loggerFactory)
    {
        _store = store;
        _repository = repository;
        _signalRepository = signalRepository;
        _heldTopics = new HeldTopicsKeeper(heldTopicsRepository, timeProvider, loggerFactory.CreateLogger<HeldTopicsKeeper>());
        _outbound = outbound;
        _limits = limits;
        workerLimits = workerLimits with { MaximumSignals = Math.Min(workerLimits.MaximumSignals, limits.MaximumSignalsPerConnection) };
        _timeProvider = timeProvider;
        _logger = loggerFactory.CreateLogger<ConnectionManager>();
        _storage = new ConnectionStorage(repository);
        _persister = new SignalPersister(store, signalRepository, timeProvider, loggerFactory.CreateLogger<SignalPersister>());
        _events = new EventDispatcher(connectionEvent => EventOccurred?.Invoke(connectionEvent), _logger);
        _tester = new ConnectionTester(launcher, limits, workerLimits, timeProvider, _logger);
        _leftSessions = new LeftSessions(_tester, _heldTopics, limits, timeProvider, _logger);
        ownTopics.Added += TellOwnTopic;
        _context = new WorkerContext(launcher, store, _heldTopics, outbound, ownTopics, _pace, limits, workerLimits, timeProvider, _logger);
    }

    /// <summary>Toasts and the runtime queue hang on here. One event at a time, in order, on a thread of its own; a handler that is slow delays the others and, past 1,024 events, loses the oldest.</summary>
    public event Action<ConnectionEvent>? EventOccurred;

    /// <summary>A connection was made, changed or deleted, or they were loaded. Raised on the thread that did it, which waits; handlers return at once and change no connection.</summary>
    public event Action? SettingsChanged;

    /// <summary>Loads the stored connections and their signals and starts the workers of the enabled ones.</summary>
    /// <param name="mayConnect">One for which it says no is disabled until it is put again; what is stored stays.</param>
    /// <exception cref="StorageException">The state file cannot be read.</exception>
    public async Task StartAsync(Predicate<BrokerConnectionConfig> mayConnect, CancellationToken cancellationToken)
    {
        var connections = await _repository.LoadAsync(cancellationToken).ConfigureAwait(false);
        var signals = await _signalRepository.LoadAsync(_limits.MaximumReservedNames, cancellationToken).ConfigureAwait(false);
        var names = connections.Select(config => config.Name).ToHashSet(StringComparer.Ordinal);
        await _heldTopics.LoadAsync(names, cancellationToken).ConfigureAwait(false);
        await _outbound.LoadAsync(cancellationToken).ConfigureAwait(false);
        _store.Load(signals, names);
        foreach (var config in connections)
            Create(mayConnect(config) ? config : config with { Enabled = false }).Start(Task.CompletedTask);

        foreach (var supervisor in _supervisors.Values.Where(supervisor => supervisor.Config.Enabled))
            _ = EndLeftSessions(supervisor, supervisor.Config, supervisor.Config, Task.CompletedTask); // goes on by itself, and tells what goes wrong

        Log.Loaded(_logger, connections.Count, _store.Count);
        SettingsChanged?.Invoke();
        _background = Task.WhenAll(_persister.RunAsync(_stopping.Token), _heldTopics.RunAsync(_stopping.Token), KeepHouseAsync(_stopping.Token));
    }

    /// <summary>Stops every worker within a bounded time, then stores what is left; stored settings stay.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _changing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_stopped)
                return;

            _stopped = true;
            await Task.WhenAll(_supervisors.Values.Select(supervisor => supervisor.StopAsync()).Concat(_leaving.Values).Append(_leftSessions.StopAsync())).ConfigureAwait(false);
            await _storage.RetryAsync().ConfigureAwait(false);
            await _stopping.CancelAsync().ConfigureAwait(false);
        }
        finally
        {
            _changing.Release();
        }

        await _background.ConfigureAwait(false);
        await _events.DisposeAsync().ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync(CancellationToken.None).ConfigureAwait(false);
        _leftSessions.Dispose();
        _tester.Dispose();
        _stopping.Dispose();
    }

    /// <summary>All connections, ordered by name.</summary>
    public IReadOnlyList<ConnectionSnapshot> List() =>
        [.. _supervisors.Values.Select(supervisor => supervisor.Snapshot).OrderBy(snapshot => snapshot.Config.Name, StringComparer.Ordinal)];

    public ConnectionSnapshot? Get(string name) => _supervisors.GetValueOrDefault(name)?.Snapshot;

    /// <summary>Creates or replaces a connection. Secrets are taken as they are: resolve "keep the stored one" before. An empty Client Identifier keeps the one in use, or makes one.</summary>
    /// <exception cref="ConnectionLimitException">It would be one connection too many.</exception>
    public Task<ConnectionSnapshot> PutAsync(BrokerConnectionConfig config, CancellationToken cancellationToken) => ChangeAsync(() => config, cancellationToken);

    /// <summary>As <see cref="PutAsync"/>, for settings that are made from stored ones: no other change comes between.</summary>
    /// <param name="read">Makes them from what <see cref="Get"/> says; what it throws is thrown.</param>
    /// <exception cref="ConnectionLimitException">It would be one connection too many.</exception>
    public async Task<ConnectionSnapshot> ChangeAsync(Func<BrokerConnectionConfig> read, CancellationToken cancellationToken)
    {
        await _changing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            ObjectDisposedException.ThrowIf(_stopped, this);
            var config = read();
            if (_leaving.TryGetValue(config.Name, out var leaving))
                await leaving.WaitAsync(cancellationToken).ConfigureAwait(false);

            var supervisor = _supervisors.GetValueOrDefault(config.Name);
            config = WithClientIdentifier(config, supervisor?.Config);
            if (supervisor is null)
                return await AddAsync(config).ConfigureAwait(false);

            if (supervisor.Config == config && supervisor.Tracker.Activity != ConnectionActivity.Failed)
                return supervisor.Snapshot;

            await SaveAsync(config, supervisor).ConfigureAwait(false);
            var before = supervisor.Config;
            var stopped = supervisor.Apply(config, LetGoOfSessions(config));
            _ = EndLeftSessions(supervisor, before, config, stopped); // goes on by itself, and tells what goes wrong
            SettingsChanged?.Invoke();
            return supervisor.Snapshot;
        }
        finally
        {
            _changing.Release();
        }
    }

    /// <summary>Stops the connection's workers and forgets its settings, its samples and what waits to be published; its signals' names stay reserved.</summary>
    /// <returns>False if there is no such connection.</returns>
    public async Task<bool> DeleteAsync(string name, CancellationToken cancellationToken)
    {
        Task leaving;
        await _changing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            ObjectDisposedException.ThrowIf(_stopped, this);
            if (!_supervisors.TryRemove(name, out var supervisor))
                return false;

            var outbound = _outbound.Close(name);
            await _storage.DeleteAsync(name).ConfigureAwait(false);
            var stopped = supervisor.StopAsync();
            _leaving[name] = leaving = LeaveAsync(supervisor, outbound, stopped, EndLeftSessions(supervisor, supervisor.Config, null, stopped));
            Log.Deleted(_logger, name);
            SettingsChanged?.Invoke();
        }
        finally
        {
            _changing.Release();
        }

        // Other connections can be changed meanwhile.
        await leaving.WaitAsync(cancellationToken).ConfigureAwait(false);
        return true;
    }

    /// <summary>Starts the workers of every enabled connection anew, all at once: one that is up disconnects in order first. Does not wait until they are connected.</summary>
    public async Task RestartAllAsync(CancellationToken cancellationToken)
    {
        await _changing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            foreach (var supervisor in _supervisors.Values)
                supervisor.Restart();
        }
        finally
        {
            _changing.Release();
        }
    }

    /// <summary>The same for one connection.</summary>
    /// <returns>False if there is no such connection.</returns>
    public async Task<bool> RestartAsync(string name, CancellationToken cancellationToken)
    {
        await _changing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            var supervisor = _supervisors.GetValueOrDefault(name);
            supervisor?.Restart();
            return supervisor is not null;
        }
        finally
        {
            _changing.Release();
        }
    }

    /// <summary>
    /// Connects, subscribes and disconnects in a worker of its own, stored or not; answers within 10 s. It uses a Client Identifier of its own, so that a live connection is not disturbed.
    /// </summary>
    public Task<ConnectionTestResult> TestAsync(BrokerConnectionConfig config, CancellationToken cancellationToken) => _tester.TestAsync(config, cancellationToken);

    /// <summary>Newest messages first, over all connections or of one.</summary>
    public async Task<IReadOnlyList<LoggedMessage>> MessagesAsync(MessageQuery query, CancellationToken cancellationToken)
    {
        var asked = _supervisors.Where(entry => query.Connection is null || entry.Key == query.Connection);
        var answers = await Task.WhenAll(asked.Select(entry => entry.Value.MessagesAsync(query.After, cancellationToken))).ConfigureAwait(false);
        return [.. answers.SelectMany(messages => messages).Where(query.Takes).OrderByDescending(message => message.Id, StringComparer.Ordinal).Take(query.Limit)];
    }

    private void TellOwnTopic(string name)
    {
        foreach (var supervisor in _supervisors.Values)
            supervisor.TellOwnTopic(name);
    }

    private static BrokerConnectionConfig WithClientIdentifier(BrokerConnectionConfig config, BrokerConnectionConfig? stored)
    {
        if (config.ClientId.Length > 0)
            return config;

        return config with { ClientId = stored is null ? ClientIdentifier.Create() : stored.ClientId };
    }

    private async Task<ConnectionSnapshot> AddAsync(BrokerConnectionConfig config)
    {
        if (_supervisors.Count >= _limits.MaximumConnections)
            throw new ConnectionLimitException(_limits.MaximumConnections);

        var supervisor = Create(config);
        await SaveAsync(config, supervisor).ConfigureAwait(false);
        supervisor.Start(LetGoOfSessions(config));
        SettingsChanged?.Invoke();
        return supervisor.Snapshot;
    }

    private ConnectionSupervisor Create(BrokerConnectionConfig config)
    {
        var supervisor = new ConnectionSupervisor(config, _context, _events.Post);
        _supervisors[config.Name] = supervisor;
        _outbound.Open(config.Name, supervisor.Tracker.Notify);
        return supervisor;
    }

    private async Task SaveAsync(BrokerConnectionConfig config, ConnectionSupervisor supervisor)
    {
        if (await _storage.SaveAsync(config).ConfigureAwait(false) is { } reason)
            supervisor.Tracker.Notify(ConnectionEventKind.NotStored, "", $"The settings apply, but are not stored yet: {reason}");
    }

    private Task LetGoOfSessions(BrokerConnectionConfig config) => _leftSessions.LetGo(ClientIdsOf(config));

    /// <inheritdoc cref="LeftSessions.End" path="/returns"/>
    private Task EndLeftSessions(ConnectionSupervisor supervisor, BrokerConnectionConfig before, BrokerConnectionConfig? now, Task stopped) => _leftSessions.End(
        before,
        now,
        () => _supervisors.Values.Select(other => other.Config).Where(config => config.Enabled || !config.CleanSession).SelectMany(ClientIdsOf).ToHashSet(StringComparer.Ordinal),
        stopped,
        (clientId, text) => supervisor.Tracker.Notify(ConnectionEventKind.SessionKept, clientId, text));

    private static string[] ClientIdsOf(BrokerConnectionConfig config) => [.. WorkerShares.Of(config with { Enabled = true }).Select(share => share.ClientId)];

    private async Task LeaveAsync(ConnectionSupervisor supervisor, OutboundQueue? outbound, Task stopped, Task sessionsKnown)
    {
        await stopped.ConfigureAwait(false);
        if (outbound is not null)
            await _outbound.RemoveAsync(outbound).ConfigureAwait(false);
        await sessionsKnown.ConfigureAwait(false);
        _store.RemoveConnection(supervisor.Config.Name);
        _heldTopics.Forget(supervisor.Config.Name);
    }

    private async Task KeepHouseAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(RateHistory.Interval, _timeProvider);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken).ConfigureAwait(false))
            {
                _store.UpdateRates();
                foreach (var supervisor in _supervisors.Values)
                    supervisor.Tracker.MeasureRate();
                Pace();
                await _changing.WaitAsync(cancellationToken).ConfigureAwait(false);
                try
                {
                    await _storage.RetryAsync().ConfigureAwait(false);
                    foreach (var name in _leaving.Where(entry => entry.Value.IsCompletedSuccessfully).Select(entry => entry.Key).ToArray())
                        _leaving.Remove(name);
                }
                finally
                {
                    _changing.Release();
                }
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Stopped.
        }
    }

    private void Pace()
    {
        _pace.Update(_supervisors.Values.Sum(supervisor => supervisor.Tracker.BusyWorkers));
        foreach (var supervisor in _supervisors.Values)
            supervisor.TellPace();
    }

    private static partial class Log
    {
        [LoggerMessage(3131, LogLevel.Information, "Loaded {Connections} connections and {Signals} known signals")]
        public static partial void Loaded(ILogger logger, int connections, int signals);

        [LoggerMessage(3132, LogLevel.Information, "Connection {Connection} is deleted")]
        public static partial void Deleted(ILogger logger, string connection);
    }
}
