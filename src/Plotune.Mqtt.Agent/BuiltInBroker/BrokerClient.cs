using System.Net;

namespace Plotune.Mqtt.Agent.BuiltInBroker;

/// <summary>One connected client and what it owes.</summary>
internal sealed class BrokerClient(string clientId, string userName, EndPoint? address, string protocol, DateTimeOffset connectedSince)
{
    private long _received;
    private long _sent;
    private int _unacknowledged;
    private int _unreadAnswers;

    public string ClientId => clientId;

    public string UserName => userName;

    public string Address => address?.ToString() ?? "";

    public string Protocol => protocol;

    public DateTimeOffset ConnectedSince => connectedSince;

    /// <summary>PUBLISH packets taken from it.</summary>
    public long Received => Interlocked.Read(ref _received);

    /// <summary>PUBLISH packets sent to it.</summary>
    public long Sent => Interlocked.Read(ref _sent);

    /// <summary>QoS 1 and 2 messages sent to it that it has not acknowledged.</summary>
    public int Unacknowledged => Volatile.Read(ref _unacknowledged);

    public void CountReceived() => Interlocked.Increment(ref _received);

    public void CountSent(bool toBeAcknowledged)
    {
        Interlocked.Increment(ref _sent);
        if (toBeAcknowledged) Interlocked.Increment(ref _unacknowledged);
    }

    public void CountAcknowledged() => Interlocked.Decrement(ref _unacknowledged);

    /// <returns>How many answers now wait for it.</returns>
    public int OweAnswer() => Interlocked.Increment(ref _unreadAnswers);

    public void PayAnswer() => Interlocked.Decrement(ref _unreadAnswers);
}
