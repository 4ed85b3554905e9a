using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Plotune.Mqtt.Client;
using Plotune.Mqtt.Worker.Ipc;

namespace Plotune.Mqtt.Worker.Hosting;

/// <summary>
/// Connects once, subscribes, and says how far it came, within a time limit whatever the broker does. Uses a clean session under a client identifier
/// of its own, so that a live connection with the same settings keeps its session and is not taken over, and no Will, which nobody is to receive. To end a
/// session that a broker keeps, the clean one is begun under the session's own client identifier.
/// </summary>
internal sealed class ConnectionTest : IConnectionObserver, IAsyncDisposable
{
    /// <summary>Leaves time to say DISCONNECT within ten seconds.</summary>
    public static readonly TimeSpan DefaultLimit = TimeSpan.FromSeconds(7.5);

    private readonly WorkerSettings _settings;
    private readonly TimeSpan _limit;
    private readonly BrokerConnection _connection;
    private readonly TaskCompletionSource<ConnectionStatus> _connected = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<ConnectionStatus> _lost = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ConcurrentDictionary<string, WorkerTopicResult> _answers = new(StringComparer.Ordinal);

    public ConnectionTest(WorkerSettings settings, TimeSpan limit, ILogger logger)
    {
        _settings = settings;
        _limit = limit;
        BrokerConnectionOptions options = ConnectionSettings.ToOptions(settings) with
        {
            ClientId = settings.ClientId.Length == 0 || settings.Mode == WorkerMode.EndSession ? settings.ClientId : $"{settings.ClientId}-test",
            CleanStart = true,
            SessionExpiry = TimeSpan.Zero,
            Will = null,
            HeldSubscriptions = [],
            RequestTimeout = limit,
        };

        // Subscribing is a step of its own, so that it is known which of the two failed.
        _connection = new BrokerConnection(options, [], new DiscardingHandler(), this, logger);
    }

    /// <summary>Cancelling ends the test with a result that says how far it came.</summary>
    public async Task<WorkerTestResult> RunAsync(CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(_limit);
        _connection.Start();
        return await ConnectAsync(limit.Token).ConfigureAwait(false) ?? await SubscribeAsync(limit.Token).ConfigureAwait(false);
    }

    /// <summary>Says DISCONNECT.</summary>
    public ValueTask DisposeAsync() => _connection.DisposeAsync();

    void IConnectionObserver.StatusChanged(ConnectionStatus status)
    {
        if (status.State == ConnectionState.Connected)
            _connected.TrySetResult(status);
        else if (status.State is ConnectionState.Waiting or ConnectionState.Failed)
            _lost.TrySetResult(status);
    }

    void IConnectionObserver.SubscriptionRefused(string filter, string reasonName, string reason) => _answers[filter] = new WorkerTopicResult(filter, null, reason);

    void IConnectionObserver.SubscriptionGranted(string filter, QualityOfService granted) => _answers[filter] = new WorkerTopicResult(filter, (int)granted, "");

    void IConnectionObserver.SessionLost()
    {
        // A clean session was asked for.
    }

    /// <returns>Null if the broker accepted us.</returns>
    private async Task<WorkerTestResult?> ConnectAsync(CancellationToken limit)
    {
        if (!await CompletesAsync(Task.WhenAny(_connected.Task, _lost.Task), limit).ConfigureAwait(false))
            return Failure("connect", $"{Address} has not accepted the connection within {_limit.TotalSeconds:0.#} seconds. Check the address, and whether an MQTT broker listens there {Expected}.");

        return _lost.Task.IsCompleted ? Failure("connect", (await _lost.Task.ConfigureAwait(false)).Reason) : null;
    }

    private async Task<WorkerTestResult> SubscribeAsync(CancellationToken limit)
    {
        TopicSubscription[] topics =
        [
            .. ConnectionSettings.ToSubscriptions(_settings.Topics).Select(topic => topic with { RetainHandling = RetainHandling.DoNotSend }),
        ];
        Task subscribed = _connection.UpdateSubscriptionsAsync(topics, limit);
        if (!await CompletesAsync(Task.WhenAny(subscribed, _lost.Task), limit).ConfigureAwait(false))
            return Failure("subscribe", $"The broker accepted the connection, but has not answered the subscription within {_limit.TotalSeconds:0.#} seconds.");

        if (_lost.Task.IsCompleted)
            return Failure("subscribe", (await _lost.Task.ConfigureAwait(false)).Reason);

        await subscribed.ConfigureAwait(false);
        WorkerTopicResult[] answers = Answers();
        int refused = answers.Count(answer => answer.Granted is null);
        if (refused > 0)
            return Failure("subscribe", $"The broker accepted the connection and refused {refused} of {answers.Length} topic filters.");

        return new WorkerTestResult { Success = true, Stage = "done", Reason = "The broker accepted the connection and every topic filter.", Protocol = Protocol, Topics = answers };
    }

    private WorkerTestResult Failure(string stage, string reason) =>
        new() { Success = false, Stage = stage, Reason = reason, Protocol = Protocol, Topics = Answers() };

    private string Address => _settings.Transport == BrokerTransport.Unix ? _settings.Host : new BrokerAddress(_settings.Host, _settings.Port).ToString();

    private string Expected => _settings.Transport switch
    {
        BrokerTransport.Tls => "with TLS",
        BrokerTransport.WebSocket => "for WebSocket without TLS",
        BrokerTransport.WebSocketTls => "for WebSocket with TLS",
        _ => "without TLS",
    };

    private string Protocol => _connection.Status.Protocol;

    private WorkerTopicResult[] Answers() =>
        [.. _settings.Topics.Select(topic => _answers.GetValueOrDefault(topic.Filter) ?? new WorkerTopicResult(topic.Filter, null, "Not answered."))];

    /// <returns>False if the limit was first.</returns>
    private static async Task<bool> CompletesAsync(Task task, CancellationToken limit)
    {
        await task.WaitAsync(limit).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return !limit.IsCancellationRequested;
    }
}
