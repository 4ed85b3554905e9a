using System.Collections.Concurrent;

namespace Plotune.Mqtt.Client.Tests.Session;

/// <summary>Keeps what a connection told its owner, in order.</summary>
internal sealed class RecordingObserver : IConnectionObserver
{
    private readonly ConcurrentQueue<ConnectionStatus> _statuses = new();
    private readonly ConcurrentQueue<(string Filter, string ReasonName, string Reason)> _refused = new();
    private readonly ConcurrentQueue<(string Filter, QualityOfService Granted)> _granted = new();
    private readonly ConcurrentQueue<(string Filter, string ReasonName)> _ended = new();
    private readonly ConcurrentQueue<IReadOnlyList<HeldSubscription>> _held = new();
    private int _sessionsLost;

    public IReadOnlyList<ConnectionStatus> Statuses => [.. _statuses];

    public IReadOnlyList<(string Filter, string ReasonName, string Reason)> Refused => [.. _refused];

    public IReadOnlyList<(string Filter, QualityOfService Granted)> Granted => [.. _granted];

    /// <summary>What UNSUBACK said to each filter.</summary>
    public IReadOnlyList<(string Filter, string ReasonName)> Ended => [.. _ended];

    /// <summary>What the session was said to hold, each time.</summary>
    public IReadOnlyList<IReadOnlyList<HeldSubscription>> Held => [.. _held];

    public int SessionsLost => Volatile.Read(ref _sessionsLost);

    public void StatusChanged(ConnectionStatus status) => _statuses.Enqueue(status);

    public void SubscriptionRefused(string filter, string reasonName, string reason) => _refused.Enqueue((filter, reasonName, reason));

    public void SubscriptionGranted(string filter, QualityOfService granted) => _granted.Enqueue((filter, granted));

    public void Unsubscribed(string filter, string reasonName, string reason) => _ended.Enqueue((filter, reasonName));

    public void SessionLost() => Interlocked.Increment(ref _sessionsLost);

    public void SubscriptionsHeld(IReadOnlyList<HeldSubscription> subscriptions) => _held.Enqueue(subscriptions);
}
