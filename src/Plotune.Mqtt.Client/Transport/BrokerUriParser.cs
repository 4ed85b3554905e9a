using System.Globalization;

namespace Plotune.Mqtt.Client;

/// <summary>
/// Takes an address apart. <see cref="Uri"/> is of no use here: it would cut the topic filter off at its <c>#</c>, and it refuses a bare host.
/// </summary>
internal static class BrokerUriParser
{
    private const string SchemeEnd = "://";

    public static BrokerUri? Parse(string? text, out string error)
    {
        text = text?.Trim() ?? "";
        error = text.Length == 0 ? "The address is empty. Write a host name or an IP address, such as broker.example or 192.168.0.10." : "";
        if (error.Length > 0 || !TakeScheme(ref text, out var transport, out error))
            return null;

        var slash = text.IndexOf('/', StringComparison.Ordinal);
        var authority = slash < 0 ? text : text[..slash];
        var path = slash < 0 ? "" : text[slash..];

        var at = authority.LastIndexOf('@');
        var (userName, password) = SplitUserInfo(at < 0 ? null : authority[..at]);
        var uri = transport == BrokerTransport.Unix
            ? ParseSocket(authority[(at + 1)..], path, out error)
            : ParseNetwork(transport, authority[(at + 1)..], path, out error);
        return uri is null ? null : uri with { UserName = userName, Password = password };
    }

    private static BrokerUri? ParseSocket(string authority, string path, out string error)
    {
        path = Uri.UnescapeDataString(path);
        error = authority.Length > 0 || path.Length < 2 || path.Contains('\0', StringComparison.Ordinal)
            ? "The address of a Unix socket is unix:// and the absolute path of the socket, such as unix:///run/mosquitto/mqtt.sock."
            : "";
        return error.Length > 0 ? null : new BrokerUri { Transport = BrokerTransport.Unix, Address = new BrokerAddress(path, BrokerAddress.DefaultPort) };
    }

    private static BrokerUri? ParseNetwork(BrokerTransport transport, string authority, string path, out string error)
    {
        if (!TryParseAuthority(authority, BrokerUri.DefaultPortOf(transport), out var address, out error))
            return null;
        var uri = new BrokerUri { Transport = transport, Address = address! };
        if (transport is BrokerTransport.WebSocket or BrokerTransport.WebSocketTls)
            return path.Length == 0 ? uri : uri with { WebSocketPath = path };
        return TryParseTopicFilter(path, out var topicFilter, out error) ? uri with { TopicFilter = topicFilter } : null;
    }

    private static bool TakeScheme(ref string text, out BrokerTransport transport, out string error)
    {
        transport = BrokerTransport.Tcp;
        error = "";
        var end = text.IndexOf(SchemeEnd, StringComparison.Ordinal);
        if (end < 0)
            return true;
        BrokerTransport? named = text[..end].ToLowerInvariant() switch
        {
            "mqtt" or "tcp" => BrokerTransport.Tcp,
            "mqtts" or "ssl" or "tls" => BrokerTransport.Tls,
            "ws" => BrokerTransport.WebSocket,
            "wss" => BrokerTransport.WebSocketTls,
            "unix" => BrokerTransport.Unix,
            _ => null,
        };
        text = text[(end + SchemeEnd.Length)..];
        transport = named ?? BrokerTransport.Tcp;
        error = named is null ? "The address starts with a scheme that is not one of MQTT. Write mqtt://, mqtts://, ws://, wss://, unix:// or only the host." : "";
        return named is not null;
    }

    private static bool TryParseAuthority(string authority, int defaultPort, out BrokerAddress? address, out string error)
    {
        address = null;
        var (host, portText) = SplitPort(authority);
        error = HostName.Error(host);
        if (error.Length > 0)
            return false;
        var port = defaultPort;
        if (portText is not null && !TryParsePort(portText, out port, out error))
            return false;
        address = new BrokerAddress(host.Trim('[', ']'), port);
        return true;
    }

    private static (string Host, string? Port) SplitPort(string authority)
    {
        if (authority.StartsWith('['))
        {
            var end = authority.IndexOf(']', StringComparison.Ordinal);
            if (end < 0 || end == authority.Length - 1 || authority[end + 1] != ':')
                return (authority, null);
            return (authority[..(end + 1)], authority[(end + 2)..]);
        }

        var colon = authority.IndexOf(':', StringComparison.Ordinal);
        // More than one colon is an IPv6 address without brackets, which leaves no room for a port.
        return colon < 0 || authority.IndexOf(':', colon + 1) >= 0 ? (authority, null) : (authority[..colon], authority[(colon + 1)..]);
    }

    private static bool TryParsePort(string text, out int port, out string error)
    {
        var valid = int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out port) && port is > 0 and <= ushort.MaxValue;
        error = valid ? "" : "The port after the colon must be a number from 1 to 65535, such as 1883.";
        return valid;
    }

    private static bool TryParseTopicFilter(string path, out string? topicFilter, out string error)
    {
        topicFilter = path.Length <= 1 ? null : Uri.UnescapeDataString(path[1..]);
        var fault = topicFilter is null ? null : MqttTopic.FilterError(topicFilter);
        error = fault is null ? "" : $"The part after the host is no topic filter: {fault}";
        return fault is null;
    }

    private static (string? UserName, string? Password) SplitUserInfo(string? userInfo)
    {
        if (userInfo is null)
            return (null, null);
        var colon = userInfo.IndexOf(':', StringComparison.Ordinal);
        return colon < 0
            ? (Uri.UnescapeDataString(userInfo), null)
            : (Uri.UnescapeDataString(userInfo[..colon]), Uri.UnescapeDataString(userInfo[(colon + 1)..]));
    }
}
