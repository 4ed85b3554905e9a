using System.Net;

namespace Plotune.Mqtt.Agent.BuiltInBroker;

/// <summary>One connected client, for people. Thread-safe.</summary>
internal sealed class BrokerClient(string clientId, string userName, EndPoint? address, string protocol, DateTimeOffset connectedSince, BrokerSession session)
{
    private long _received;
    private long _sent;

    public string ClientId => clientId;

    public string UserName => userName;

    public string Address => address?.ToString() ?? "";

    public string Protocol => protocol;

    public DateTimeOffset ConnectedSince => connectedSince;

    /// <summary>PUBLISH packets taken from it.</summary>
    public long Received => Interlocked.Read(ref _received);

    /// <summary>PUBLISH packets sent to it.</summary>
    public long Sent => Interlocked.Read(ref _sent);

    /// <summary>Messages that wait for it to take or to acknowledge them.</summary>
    public int Queued => session.Messages;

    public void CountReceived() => Interlocked.Increment(ref _received);

    public void CountSent() => Interlocked.Increment(ref _sent);
}
