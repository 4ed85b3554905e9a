using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Plotune.Mqtt.Agent.Configuration;
using Plotune.Mqtt.Agent.Outbound;
using Plotune.Mqtt.Agent.Signals;
using Plotune.Mqtt.Agent.Storage;
using Plotune.Mqtt.Agent.Supervision;
using Plotune.Mqtt.TestSupport;
using Plotune.Mqtt.Worker.Ipc;

namespace Plotune.Mqtt.Agent.Tests.Supervision;

/// <summary>A connection manager with its storage in a folder of its own and fake workers.</summary>
internal sealed class ManagerFixture : IAsyncDisposable, ILoggerFactory
{
    /// <summary>A test machine may take its time to start a process.</summary>
    public static readonly AgentLimits Limits = new() { HandshakeTimeout = TimeSpan.FromSeconds(60), HeartbeatTimeout = TimeSpan.FromSeconds(30), HistoryLength = 200_000, TestTimeout = TimeSpan.FromSeconds(60) };

    private readonly TemporaryFolder _folder;
    private readonly bool _ownsFolder;
    private readonly StateDatabase _database;

    public ManagerFixture(TemporaryFolder? folder = null, AgentLimits? limits = null, WorkerCommand? command = null)
    {
        _ownsFolder = folder is null;
        _folder = folder ?? new TemporaryFolder();
        _database = StateDatabase.Open(_folder["state.db"], TimeProvider.System, Logger);
        Store = new SignalStore(limits ?? Limits, persistent: true);
        Outbound = new OutboundQueues(_database, new OutboundLimits(), TimeProvider.System, this.CreateLogger<OutboundQueues>());
        Manager = new ConnectionManager(
            Store,
            new ConnectionRepository(_database, new SecretProtector(_folder["keys"]), this.CreateLogger<ConnectionRepository>()),
            new SignalRepository(_database),
            new HeldTopicsRepository(_database),
            Outbound,
            new OwnTopics(),
            new WorkerLauncher(command ?? FakeWorker.Command()),
            limits ?? Limits,
            new WorkerLimits(),
            TimeProvider.System,
            this);
        Manager.EventOccurred += Events.Enqueue;
    }

    public CapturingLogger Logger { get; } = new();

    public SignalStore Store { get; }

    public OutboundQueues Outbound { get; }

    public ConnectionManager Manager { get; }

    public ConcurrentQueue<ConnectionEvent> Events { get; } = [];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static BrokerConnectionConfig Config(string name, string script = FakeWorker.Run, int port = 1883) => new()
    {
        Name = name,
        Host = script,
        Port = port,
        Topics = [new TopicFilterConfig("t/#")],
        Password = Secret.From("horse"),
    };

    public static async Task<ManagerFixture> StartAsync(TemporaryFolder? folder = null, AgentLimits? limits = null, WorkerCommand? command = null)
    {
        var fixture = new ManagerFixture(folder, limits, command);
        await fixture.Manager.StartAsync(_ => true, Token);
        return fixture;
    }

    public ConnectionStateView State(string name) => Manager.Get(name)!.State;

    public Task UntilAsync(string what, Func<bool> condition, string name) => Eventually.TrueAsync(
        what, condition, Token, TimeSpan.FromSeconds(90), () => $"{Manager.Get(name)?.State}; {string.Join(" / ", Manager.Get(name)?.State.Notices ?? [])}");

    public Task UntilConnectedAsync(string name) => UntilAsync($"{name} is connected", () => State(name).Status == "connected" && State(name).Received > 0, name);

    public ILogger CreateLogger(string categoryName) => Logger;

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

    public void Dispose()
    {
    }

    public async ValueTask DisposeAsync()
    {
        await Manager.DisposeAsync();
        await Outbound.DisposeAsync();
        await _database.DisposeAsync();
        if (_ownsFolder)
            _folder.Dispose();
    }
}
