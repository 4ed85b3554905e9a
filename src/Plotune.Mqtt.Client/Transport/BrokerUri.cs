using System.Diagnostics.CodeAnalysis;

namespace Plotune.Mqtt.Client;

/// <summary>
/// A broker's address as people write it: <c>host</c>, <c>host:port</c>, <c>[::1]:1883</c>, <c>::1</c> or
/// <c>mqtt://user:password@host:port/topic/filter/#</c>. User name, password and topic filter are percent-decoded; <c>#</c>, <c>+</c> and <c>?</c>
/// have no meaning of their own in an address, since they have one in a topic filter. In <c>ws://</c> and <c>wss://</c> addresses the path is the request path
/// of the WebSocket, as it stands; in <c>unix://</c> addresses that of the socket. The scheme gives the transport and the default port, see <see cref="BrokerTransport"/>.
/// </summary>
public sealed record BrokerUri
{
    public required BrokerAddress Address { get; init; }

    public BrokerTransport Transport { get; init; }

    /// <summary>Request path of a WebSocket, query included; null if the address names none, or for other transports.</summary>
    public string? WebSocketPath { get; init; }

    /// <summary>Null if the address names none.</summary>
    public string? UserName { get; init; }

    /// <summary>Null if the address names none.</summary>
    public string? Password { get; init; }

    /// <summary>The path without its first slash; null if there is none, or for a WebSocket or a Unix socket. A valid topic filter.</summary>
    public string? TopicFilter { get; init; }

    /// <summary>The port taken where an address names none.</summary>
    public static int DefaultPortOf(BrokerTransport transport) => transport switch
    {
        BrokerTransport.Tls => 8883,
        BrokerTransport.WebSocket => 80,
        BrokerTransport.WebSocketTls => 443,
        _ => BrokerAddress.DefaultPort,
    };

    /// <exception cref="FormatException">The text is no address; the message says why.</exception>
    public static BrokerUri Parse(string text) => TryParse(text, out var uri, out var error) ? uri : throw new FormatException(error);

    /// <param name="error">What is wrong and how to write it right; empty on success. Never contains a password.</param>
    public static bool TryParse(string? text, [NotNullWhen(true)] out BrokerUri? uri, out string error)
    {
        uri = BrokerUriParser.Parse(text, out error);
        return uri is not null;
    }

    /// <summary>The address without its password.</summary>
    public override string ToString()
    {
        var user = UserName is null ? "" : UserName + "@";
        return Transport == BrokerTransport.Unix
            ? $"unix://{user}{Address.Host}"
            : $"{Scheme(Transport)}://{user}{Address}{WebSocketPath}{(TopicFilter is null ? "" : "/" + TopicFilter)}";
    }

    private static string Scheme(BrokerTransport transport) => transport switch
    {
        BrokerTransport.Tls => "mqtts",
        BrokerTransport.WebSocket => "ws",
        BrokerTransport.WebSocketTls => "wss",
        _ => "mqtt",
    };
}
