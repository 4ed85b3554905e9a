using System.IO.Pipelines;
using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Features;

namespace Plotune.Mqtt.Agent.BuiltInBroker;

/// <summary>What every network connection passes before MQTTnet sees it: how many there are, and how large a packet may be. Thread-safe.</summary>
internal sealed class ConnectionGate(BrokerLimits limits, BrokerCounters counters, TimeProvider timeProvider)
{
    private int _open;

    /// <summary>Closes a connection too many.</summary>
    public Func<ConnectionDelegate, ConnectionDelegate> CountConnections => next => async connection =>
    {
        try
        {
            if (Interlocked.Increment(ref _open) <= limits.Clients + BrokerLimits.ConnectionsInWaiting) await next(connection);
            else counters.Refuse(BrokerReason.Connections, AddressOf(connection), "Too many connections are open.");
        }
        finally
        {
            Interlocked.Decrement(ref _open);
        }
    };

    /// <summary>Counts a connection that was not upgraded to WebSocket within the time for CONNECT; Kestrel closes it.</summary>
    public Func<ConnectionDelegate, ConnectionDelegate> CountIdle => next => async connection =>
    {
        var upgrade = new WebSocketUpgrade();
        connection.Features.Set(upgrade);
        var begin = timeProvider.GetTimestamp();
        await next(connection);
        if (!upgrade.WasAsked && timeProvider.GetElapsedTime(begin) >= limits.ConnectTime)
        {
            counters.Refuse(BrokerReason.ConnectTime, AddressOf(connection), $"It did not ask for a WebSocket within {limits.ConnectTime.TotalSeconds:0.#} s.");
        }
    };

    /// <summary>Cuts a connection that MQTTnet is done with, but whose peer does not read what was written to it: Kestrel would wait for that for ever.</summary>
    public Func<ConnectionDelegate, ConnectionDelegate> CloseInTime => next => async connection =>
    {
        await next(connection);
        // Its ConnectionClosed tells only that nothing more is received.
        await using var patience = timeProvider.CreateTimer(_ => connection.Abort(), null, limits.CloseTime, Timeout.InfiniteTimeSpan);
        await connection.DisposeAsync();
    };

    /// <summary>Ends a connection that announces too large a packet, or does not begin with a CONNECT.</summary>
    public Func<ConnectionDelegate, ConnectionDelegate> LimitPackets => next => connection =>
    {
        var transport = connection.Transport;
        connection.Transport = new LimitedTransport(new PacketSizeLimiter(transport.Input, limits, counters, AddressOf(connection)), transport.Output);
        return next(connection);
    };

    /// <summary>That of a WebSocket is known to its request only.</summary>
    private static string AddressOf(ConnectionContext connection)
    {
        if (connection.RemoteEndPoint is { } address) return $"{address}";
        return connection.Features.Get<IHttpConnectionFeature>() is { RemoteIpAddress: { } remote } request ? $"{new IPEndPoint(remote, request.RemotePort)}" : "";
    }

    private sealed record LimitedTransport(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
