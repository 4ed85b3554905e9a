using System.Collections.Concurrent;
using Plotune.Mqtt.Agent.Configuration;
using Plotune.Mqtt.Agent.Outbound;
using Plotune.Mqtt.Agent.Supervision;

namespace Plotune.Mqtt.Agent.Bridge;

/// <summary>All bridges: variables of other extensions, published through the producer connection. Thread-safe.</summary>
internal sealed partial class BridgeService : IAsyncDisposable
{
    private readonly Producers _producers;
    private readonly OwnTopics _ownTopics;
    private readonly IBridgeStore _store;
    private readonly BridgeStorage _storage;
    private readonly BridgeLimits _limits;
    private readonly int _maximumBridges;
    private readonly TimeProvider _timeProvider;
    private readonly ILogger _logger;
    private readonly HttpMessageInvoker _http;
    private readonly BridgeContext _context;
    private readonly ConcurrentDictionary<string, BridgedVariable> _bridges = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _changing = new(1);
    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _noticing = new();
    private readonly LinkedList<ConnectionNotice> _notices = [];
    private Task _storing = Task.CompletedTask;
    private bool _stopped;

    public BridgeService(
        Producers producers, OwnTopics ownTopics, IOutboundQueues queues, IBridgeStore store, BridgeLimits limits, AgentLimits agentLimits, TimeProvider timeProvider, ILogger<BridgeService> logger)
    {
        _producers = producers;
        _ownTopics = ownTopics;
        _store = store;
        _storage = new BridgeStorage(store);
        _limits = limits;
        _maximumBridges = agentLimits.MaximumBridges;
        _timeProvider = timeProvider;
        _logger = logger;
        // Sources are on this machine or beside it: no proxy of the user's in between, and a redirection would lead where nobody asked to go.
        _http = new HttpMessageInvoker(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false, UseCookies = false });
        _context = new BridgeContext(producers, queues, _http, limits, timeProvider, logger);
    }

    /// <summary>What a user is to be told of, a refusal in the main; for toasts. Raised on the thread that found out; handlers return at once.</summary>
    public event Action<ConnectionEvent>? EventOccurred;

    /// <summary>Refusals and troubles of bridges, newest first.</summary>
    public IReadOnlyList<ConnectionNotice> Notices
    {
        get
        {
            lock (_noticing)
                return [.. _notices];
        }
    }

    /// <summary>Loads the stored bridges, so that <see cref="OwnTopics"/> knows them. To be called before the connections are started.</summary>
    /// <exception cref="Storage.StorageException">The state file cannot be read.</exception>
    public async Task LoadAsync(CancellationToken cancellationToken)
    {
        foreach (var stored in await _store.LoadAsync(cancellationToken).ConfigureAwait(false))
            Create(stored.Config).Taken.Load(stored.Taken);
        if (!_bridges.IsEmpty) Log.Loaded(_logger, _bridges.Count);
    }

    /// <summary>Resumes the stored bridges. To be called once the connections are started.</summary>
    public void Start()
    {
        foreach (var bridge in _bridges.Values)
            bridge.Start();
        _storing = StoreAsync(_stopping.Token);
    }

    /// <summary>All bridges, ordered by name.</summary>
    public IReadOnlyList<BridgeSnapshot> List() => [.. _bridges.Values.Select(bridge => bridge.Snapshot).OrderBy(snapshot => snapshot.Config.Name, StringComparer.Ordinal)];

    /// <summary>Bridges a variable. Asked for again it is bridged once, with the options asked for last.</summary>
    /// <exception cref="BridgeRefusedException">It cannot be, with a sentence that says why.</exception>
    public async Task<BridgeSnapshot> AddAsync(BridgeRequest request, CancellationToken cancellationToken)
    {
        await _changing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            ObjectDisposedException.ThrowIf(_stopped, this);
            Check(request, out var known);
            var options = request.Over(known?.Config.Source.IsSame(request.Source) == true ? known.Config.Options : BridgeOptions.None);
            if (known is { HasFailed: false } && known.Config.Source.IsSame(request.Source)) return await ChangeAsync(known, options).ConfigureAwait(false);
            if (known is not null) await ReplaceAsync(known, request.Source).ConfigureAwait(false);
            var bridge = Create(new BridgeConfig(request.Name, request.Source) { Options = options });
            await SaveAsync(bridge.Config).ConfigureAwait(false);
            bridge.Start();
            Log.Added(_logger, request.Name, request.Source);
            return bridge.Snapshot;
        }
        catch (BridgeRefusedException exception)
        {
            Tell(ConnectionEventKind.BridgeRefused, request.Name, exception.Message);
            throw;
        }
        finally
        {
            _changing.Release();
        }
    }

    /// <summary>Changes what of a variable is held back.</summary>
    /// <param name="change">Makes the new options of the old.</param>
    /// <returns>Null if there is no such bridge.</returns>
    public async Task<BridgeSnapshot?> ChangeAsync(string name, Func<BridgeOptions, BridgeOptions> change, CancellationToken cancellationToken)
    {
        await _changing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            ObjectDisposedException.ThrowIf(_stopped, this);
            return _bridges.TryGetValue(name, out var bridge) ? await ChangeAsync(bridge, change(bridge.Config.Options)).ConfigureAwait(false) : null;
        }
        finally
        {
            _changing.Release();
        }
    }

    /// <summary>Ends a bridge and forgets it. What it handed to the outbound queue is still published.</summary>
    /// <param name="source">Only if this is its source; null ends it whatever its source is.</param>
    /// <returns>False if there is no such bridge.</returns>
    public async Task<bool> RemoveAsync(string name, BridgeSource? source, CancellationToken cancellationToken)
    {
        await _changing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            ObjectDisposedException.ThrowIf(_stopped, this);
            if (!_bridges.TryGetValue(name, out var bridge)) return false;
            if (source is not null && !bridge.Config.Source.IsSame(source) && !bridge.GivesWay) return false;
            await EndAsync(bridge).ConfigureAwait(false);
            Log.Removed(_logger, name);
            return true;
        }
        finally
        {
            _changing.Release();
        }
    }

    /// <summary>Lets go of all sources within a bounded time and stores what is left to store; the bridges are remembered. To be called before the connections are stopped.</summary>
    public async Task StopAsync()
    {
        await _changing.WaitAsync().ConfigureAwait(false);
        try
        {
            if (_stopped) return;
            _stopped = true;
            await _stopping.CancelAsync().ConfigureAwait(false);
            await _storing.ConfigureAwait(false);
            var ending = Task.WhenAll(_bridges.Values.Select(bridge => bridge.StopAsync()));
            await Task.WhenAny(ending, Task.Delay(_limits.StopTimeout, CancellationToken.None)).ConfigureAwait(false);
            if (!ending.IsCompleted) Log.StopTookTooLong(_logger, _limits.StopTimeout.TotalSeconds);
            await _storage.CatchUpAsync([.. _bridges.Values]).ConfigureAwait(false);
        }
        finally
        {
            _changing.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync().ConfigureAwait(false);
        _stopping.Dispose();
        _http.Dispose();
    }

    /// <exception cref="BridgeRefusedException"/>
    private void Check(BridgeRequest request, out BridgedVariable? known)
    {
        if (BridgeNameRules.Error(request.Name) is { } nameError) throw new BridgeRefusedException(BridgeRefusal.Name, nameError);
        known = _bridges.GetValueOrDefault(request.Name);
        if (known is { HasFailed: false } && known.Config.Source.IsSame(request.Source)) return;
        if (known is { GivesWay: false })
        {
            throw new BridgeRefusedException(
                BridgeRefusal.Taken, $"'{request.Name}' is bridged from {known.Config.Source} already, so the one from {request.Source} is not. Unbridge the other one first, or give the variable another name.");
        }

        var choice = _producers.Current;
        if (choice.Producer is not { } producer) throw new BridgeRefusedException(BridgeRefusal.NoProducer, choice.Reason);
        if (PublishTopic.Error(producer.TopicOf(request.Name)) is { } topicError) throw new BridgeRefusedException(BridgeRefusal.Name, topicError);
        if (known is null && _bridges.Count >= _maximumBridges) throw new BridgeRefusedException(BridgeRefusal.Limit, $"There are {_maximumBridges} bridges, which is the limit; unbridge a variable first.");
    }

    private BridgedVariable Create(BridgeConfig config)
    {
        var bridge = new BridgedVariable(config, _context);
        _bridges[config.Name] = bridge;
        _ownTopics.Add(config.Name);
        return bridge;
    }

    private async Task<BridgeSnapshot> ChangeAsync(BridgedVariable bridge, BridgeOptions options)
    {
        if (options == bridge.Config.Options) return bridge.Snapshot;
        bridge.Apply(options);
        await SaveAsync(bridge.Config).ConfigureAwait(false);
        return bridge.Snapshot;
    }

    private async Task ReplaceAsync(BridgedVariable bridge, BridgeSource by)
    {
        await EndAsync(bridge).ConfigureAwait(false);
        if (bridge.Config.Source.IsSame(by)) return;
        var text = $"The source at {bridge.Config.Source} has not been reached for a while and gives way to the one at {by}.";
        Log.Replaced(_logger, bridge.Config.Name, text);
        Tell(ConnectionEventKind.BridgeTrouble, bridge.Config.Name, text);
    }

    private async Task EndAsync(BridgedVariable bridge)
    {
        var name = bridge.Config.Name;
        await bridge.DisposeAsync().ConfigureAwait(false);
        _bridges.TryRemove(name, out _);
        _ownTopics.Remove(name);
        if (await _storage.DeleteAsync(name).ConfigureAwait(false) is { } reason) TellNotStored(name, reason);
    }

    private async Task SaveAsync(BridgeConfig config)
    {
        if (await _storage.SaveAsync(config).ConfigureAwait(false) is { } reason) TellNotStored(config.Name, reason);
    }

    private void TellNotStored(string name, string reason) =>
        Tell(ConnectionEventKind.NotStored, name, $"The change applies, but is not stored yet, so a restart would undo it: {reason}");

    private void Tell(ConnectionEventKind kind, string name, string text)
    {
        var now = _timeProvider.GetUtcNow();
        name = BridgeNameRules.Shown(name);
        lock (_noticing)
        {
            _notices.AddFirst(new ConnectionNotice(now, kind, name, text));
            if (_notices.Count > _limits.MaximumNotices) _notices.RemoveLast();
        }

        if (kind == ConnectionEventKind.BridgeRefused) Log.Refused(_logger, name, text);
        EventOccurred?.Invoke(new ConnectionEvent(now, kind, $"bridge {name}", name, text));
    }

    private async Task StoreAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(_limits.StoreInterval, _timeProvider);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken).ConfigureAwait(false))
            {
                await _changing.WaitAsync(cancellationToken).ConfigureAwait(false);
                try
                {
                    await _storage.CatchUpAsync([.. _bridges.Values]).ConfigureAwait(false);
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

    private static partial class Log
    {
        [LoggerMessage(3740, LogLevel.Information, "Loaded {Bridges} bridges")]
        public static partial void Loaded(ILogger logger, int bridges);

        [LoggerMessage(3741, LogLevel.Information, "Variable {Bridge} is bridged from {Source}")]
        public static partial void Added(ILogger logger, string bridge, BridgeSource source);

        [LoggerMessage(3742, LogLevel.Information, "Variable {Bridge} is not bridged any more")]
        public static partial void Removed(ILogger logger, string bridge);

        [LoggerMessage(3743, LogLevel.Warning, "Variable {Bridge} is not bridged: {Reason}")]
        public static partial void Refused(ILogger logger, string bridge, string reason);

        [LoggerMessage(3744, LogLevel.Warning, "Bridge {Bridge}: {Reason}")]
        public static partial void Replaced(ILogger logger, string bridge, string reason);

        [LoggerMessage(3745, LogLevel.Warning, "Bridges took longer than {Seconds} s to end; the rest was cut off")]
        public static partial void StopTookTooLong(ILogger logger, double seconds);
    }
}
