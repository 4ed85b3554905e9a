using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;

namespace Plotune.Mqtt.Agent.BuiltInBroker;

/// <summary>What every network connection passes before MQTTnet sees it: how many there are, and how large a packet may be. Thread-safe.</summary>
internal sealed class ConnectionGate(BrokerLimits limits, BrokerCounters counters)
{
    private int _open;

    /// <summary>Closes a connection too many.</summary>
    public Func<ConnectionDelegate, ConnectionDelegate> CountConnections => next => async connection =>
    {
        try
        {
            if (Interlocked.Increment(ref _open) <= limits.Clients + BrokerLimits.ConnectionsInWaiting) await next(connection);
            else counters.Refuse(BrokerReason.Connections, $"{connection.RemoteEndPoint}", "Too many connections are open.");
        }
        finally
        {
            Interlocked.Decrement(ref _open);
        }
    };

    /// <summary>Ends a connection that announces too large a packet.</summary>
    public Func<ConnectionDelegate, ConnectionDelegate> LimitPackets => next => connection =>
    {
        var transport = connection.Transport;
        var who = $"{connection.RemoteEndPoint}";
        var input = new PacketSizeLimiter(
            transport.Input,
            limits.PacketBytes,
            () => counters.Refuse(BrokerReason.PacketSize, who, $"It announced a packet larger than {limits.PacketBytes} bytes."));
        connection.Transport = new LimitedTransport(input, transport.Output);
        return next(connection);
    };

    private sealed record LimitedTransport(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
