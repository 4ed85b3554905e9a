using System.Text;
using Plotune.Mqtt.Client;

namespace Plotune.Mqtt.Agent.Configuration;

/// <summary>Where a connection goes: <c>host</c>, <c>port</c>, <c>transport</c> and <c>path</c> put together, where the host may be a whole address.</summary>
internal sealed record ConnectionAddress(string Host, int Port, BrokerTransport Transport, string Path)
{
    private const int MaximumPathLength = 1024;

    // What a Unix domain socket's address holds.
    private const int MaximumSocketPathBytes = 107;

    /// <summary>User name, password and topic filter, if the address holds them.</summary>
    public BrokerUri? Uri { get; private init; }

    /// <returns>Of use only if there are no faults.</returns>
    public static ConnectionAddress Read(JsonFields fields)
    {
        var host = fields.Text("host");
        var port = fields.Number("port", 1, 65_535);
        var transport = fields.Choice("transport", Transports.Choices);
        var path = fields.Text("path");
        fields.Fault("path", path is { Length: > 0 } ? PathError(path) : null);
        if (host is null)
        {
            if (!fields.Faults.Has(fields.NameOf("host"))) fields.Fault("host", "is missing");
            return new ConnectionAddress("", 0, BrokerTransport.Tcp, "");
        }

        if (transport == BrokerTransport.Unix && !host.Contains("://", StringComparison.Ordinal))
        {
            fields.Fault("host", SocketPathError(host));
            return new ConnectionAddress(host, port ?? BrokerAddress.DefaultPort, BrokerTransport.Unix, BrokerConnectionConfig.DefaultPath);
        }

        if (TypedAddress.Parse(host, out var error) is { } typed) return Combine(fields, typed, port, transport, path);
        fields.Fault("host", error);
        return new ConnectionAddress("", 0, BrokerTransport.Tcp, "");
    }

    /// <summary>What is wrong with the request path of a WebSocket, as a sentence; null if nothing.</summary>
    public static string? PathError(string path) =>
        path.StartsWith('/') && path.Length <= MaximumPathLength && !path.AsSpan().ContainsAnyExceptInRange('!', '~') && !path.Contains('#')
            ? null
            : $"must start with / and be at most {MaximumPathLength} printable ASCII characters; write blanks, # and others percent-encoded, such as %20";

    /// <summary>What is wrong with the path of a socket, as a sentence; null if nothing.</summary>
    public static string? SocketPathError(string path) =>
        path.StartsWith('/') && Encoding.UTF8.GetByteCount(path) <= MaximumSocketPathBytes && !path.Any(char.IsControl)
            ? null
            : $"must be the full path of the broker's socket, at most {MaximumSocketPathBytes} bytes";

    private static ConnectionAddress Combine(JsonFields fields, TypedAddress typed, int? port, BrokerTransport? transport, string? path)
    {
        var uri = typed.Uri;
        var used = typed.NamesTransport ? uri.Transport : transport ?? BrokerTransport.Tcp;
        if (transport is { } said && said != used) fields.Fault("transport", $"says {Transports.NameOf(said)}, but the address in host says {Transports.NameOf(used)}");
        if (typed.NamesPort && port is { } number && number != uri.Address.Port) fields.Fault("port", $"says {number}, but the address in host says {uri.Address.Port}");
        if (uri.WebSocketPath is { } named && path is { Length: > 0 } && path != named) fields.Fault("path", $"says {path}, but the address in host says {named}");
        return new ConnectionAddress(
            uri.Address.Host,
            typed.NamesPort ? uri.Address.Port : port ?? BrokerUri.DefaultPortOf(used),
            used,
            uri.WebSocketPath ?? (string.IsNullOrEmpty(path) ? BrokerConnectionConfig.DefaultPath : path))
        {
            Uri = uri,
        };
    }
}
