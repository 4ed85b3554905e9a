using Microsoft.Extensions.Time.Testing;
using Plotune.Mqtt.TestSupport;

namespace Plotune.Mqtt.Client.Tests.Session;

/// <summary>A connection under test, a broker that does what the test says, and a clock that stands still unless advanced.</summary>
public abstract class ConnectionTest : IAsyncLifetime
{
    private readonly List<BrokerConnection> _connections = [];

    internal ScriptedBroker Broker { get; } = ScriptedBroker.Start(TestContext.Current.CancellationToken);

    internal RecordingObserver Observer { get; } = new();

    internal RecordingHandler Handler { get; } = new();

    internal CapturingLogger Logger { get; } = new();

    internal FakeTimeProvider Clock { get; } = new();

    internal static CancellationToken Token => TestContext.Current.CancellationToken;

    internal BrokerConnectionOptions Options => new()
    {
        Address = new BrokerAddress(ScriptedBroker.Host, Broker.Port),
        ClientId = "tester",
        KeepAlive = TimeSpan.Zero,
    };

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public virtual async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        foreach (var connection in _connections)
            await connection.DisposeAsync();
        await Broker.DisposeAsync();
        Assert.DoesNotContain(Logger.Entries, entry => entry.Level == Microsoft.Extensions.Logging.LogLevel.Critical);
    }

    /// <summary>Starts a connection; it is stopped after the test.</summary>
    internal BrokerConnection Connect(BrokerConnectionOptions options, params TopicSubscription[] subscriptions)
    {
        var connection = new BrokerConnection(options, subscriptions, Handler, Observer, Logger, Clock);
        _connections.Add(connection);
        connection.Start();
        return connection;
    }

    /// <summary>Starts a connection, and accepts it with all its subscriptions.</summary>
    internal async Task<(BrokerConnection Connection, ScriptedConnection Client)> ConnectedAsync(
        BrokerConnectionOptions options, TopicSubscription[] subscriptions, params byte[][] connAckProperties)
    {
        var connection = Connect(options, subscriptions);
        var client = await Broker.AcceptAsync();
        await client.AcceptSessionAsync(false, connAckProperties);
        if (subscriptions.Length > 0)
            await client.GrantSubscribeAsync();
        await ReachesAsync(connection, ConnectionState.Connected);
        return (connection, client);
    }

    internal static Task ReachesAsync(BrokerConnection connection, ConnectionState state) =>
        Eventually.TrueAsync($"the connection is {state}", () => connection.Status.State == state, Token, state: () => connection.Status);

    /// <summary>Waits until the connection backs off, and lets the clock go to the next attempt.</summary>
    internal async Task<ConnectionStatus> SkipBackoffAsync(BrokerConnection connection)
    {
        await ReachesAsync(connection, ConnectionState.Waiting);
        var status = connection.Status;
        await Eventually.TrueAsync("the connection tries again", () =>
        {
            if (connection.Status is { State: ConnectionState.Waiting, RetryAt: { } retryAt })
                Clock.Advance(retryAt > Clock.GetUtcNow() ? retryAt - Clock.GetUtcNow() : TimeSpan.FromMilliseconds(1));
            return connection.Status.State != ConnectionState.Waiting;
        }, Token);
        return status;
    }
}
