using System.Collections.Concurrent;
using Plotune.Mqtt.Agent.Configuration;
using Plotune.Mqtt.Agent.Supervision;

namespace Plotune.Mqtt.Agent.Tests.Hosting;

/// <summary>Keeps connections without running any worker.</summary>
internal sealed class FakeConnections : IConnectionManager
{
    private readonly ConcurrentDictionary<string, ConnectionSnapshot> _connections = new(StringComparer.Ordinal);
    private readonly Lock _changing = new();

    public event Action<ConnectionEvent>? EventOccurred;

    public event Action? SettingsChanged;

    public int Starts { get; private set; }

    /// <summary>Starting takes until this completes.</summary>
    public Task Loading { get; init; } = Task.CompletedTask;

    public int Restarts { get; private set; }

    /// <summary>Connections started anew one by one.</summary>
    public ConcurrentQueue<string> Restarted { get; } = new();

    public bool Stopped { get; private set; }

    public Exception? Failure { get; set; }

    public BrokerConnectionConfig? Tested { get; private set; }

    public Func<BrokerConnectionConfig, ConnectionTestResult> Test { get; set; } = _ => new ConnectionTestResult(true, "done", "All is well.", "5.0", []);

    public List<LoggedMessage> Messages { get; } = [];

    public void Raise(ConnectionEvent happened) => EventOccurred?.Invoke(happened);

    public void SetState(string name, ConnectionStateView state) => _connections[name] = new ConnectionSnapshot(_connections[name].Config, state);

    /// <summary>What was asked of <see cref="StartAsync"/>.</summary>
    public Predicate<BrokerConnectionConfig>? MayConnect { get; private set; }

    public Task StartAsync(Predicate<BrokerConnectionConfig> mayConnect, CancellationToken cancellationToken)
    {
        MayConnect = mayConnect;
        Starts++;
        return Loading.WaitAsync(cancellationToken);
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        Stopped = true;
        return Task.CompletedTask;
    }

    public IReadOnlyList<ConnectionSnapshot> List() =>
        Failure is { } failure ? throw failure : [.. _connections.Values.OrderBy(connection => connection.Config.Name, StringComparer.Ordinal)];

    public ConnectionSnapshot? Get(string name) => _connections.GetValueOrDefault(name);

    public Task<ConnectionSnapshot> PutAsync(BrokerConnectionConfig config, CancellationToken cancellationToken)
    {
        if (Failure is { } failure) throw failure;
        var snapshot = new ConnectionSnapshot(config, new ConnectionStateView { Activity = ConnectionActivity.Connecting, Since = DateTimeOffset.UnixEpoch.AddSeconds(1) });
        _connections[config.Name] = snapshot;
        SettingsChanged?.Invoke();
        return Task.FromResult(snapshot);
    }

    public Task<bool> DeleteAsync(string name, CancellationToken cancellationToken)
    {
        var removed = _connections.TryRemove(name, out _);
        SettingsChanged?.Invoke();
        return Task.FromResult(removed);
    }

    public Task<ConnectionSnapshot> ChangeAsync(Func<BrokerConnectionConfig> read, CancellationToken cancellationToken)
    {
        lock (_changing) return PutAsync(read(), cancellationToken);
    }

    public Task RestartAllAsync(CancellationToken cancellationToken)
    {
        Restarts++;
        return Task.CompletedTask;
    }

    public Task<bool> RestartAsync(string name, CancellationToken cancellationToken)
    {
        Restarted.Enqueue(name);
        return Task.FromResult(_connections.ContainsKey(name));
    }

    public Task<ConnectionTestResult> TestAsync(BrokerConnectionConfig config, CancellationToken cancellationToken)
    {
        Tested = config;
        return Task.FromResult(Test(config));
    }

    public Task<IReadOnlyList<LoggedMessage>> MessagesAsync(MessageQuery query, CancellationToken cancellationToken)
    {
        var fresh = Messages.Count - (int)(query.After?.NextOf(this) ?? 0);
        query.After?.Passed(this, Messages.Count - 1);
        return Task.FromResult<IReadOnlyList<LoggedMessage>>([.. Messages.Take(fresh).Where(query.Takes).Take(query.Limit)]);
    }
}
