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
        if (error.Length > 0 || !TakeScheme(ref text, out error))
            return null;

        var slash = text.IndexOf('/', StringComparison.Ordinal);
        var authority = slash < 0 ? text : text[..slash];
        var path = slash < 0 ? "" : text[(slash + 1)..];

        var at = authority.LastIndexOf('@');
        var userInfo = at < 0 ? null : authority[..at];
        if (!TryParseAuthority(authority[(at + 1)..], out var address, out error) || !TryParseTopicFilter(path, out var topicFilter, out error))
            return null;

        var (userName, password) = SplitUserInfo(userInfo);
        return new BrokerUri { Address = address!, UserName = userName, Password = password, TopicFilter = topicFilter };
    }

    private static bool TakeScheme(ref string text, out string error)
    {
        error = "";
        var end = text.IndexOf(SchemeEnd, StringComparison.Ordinal);
        if (end < 0)
            return true;
        var scheme = text[..end].ToLowerInvariant();
        text = text[(end + SchemeEnd.Length)..];
        BrokerTransport? transport = scheme switch
        {
            "mqtt" or "tcp" => BrokerTransport.Tcp,
            "mqtts" or "ssl" or "tls" => BrokerTransport.Tls,
            "ws" => BrokerTransport.WebSocket,
            "wss" => BrokerTransport.WebSocketTls,
            _ => null,
        };
        error = transport switch
        {
            BrokerTransport.Tcp => "",
            BrokerTransport.Tls => $"{scheme}:// (TLS) is not supported by this version. Use the broker's plain port with mqtt:// instead.",
            BrokerTransport.WebSocket or BrokerTransport.WebSocketTls =>
                $"{scheme}:// (WebSocket) is not supported by this version. Use the broker's plain port with mqtt:// instead.",
            _ => "The address starts with a scheme that is not one of MQTT. Write mqtt:// or only the host.",
        };
        return error.Length == 0;
    }

    private static bool TryParseAuthority(string authority, out BrokerAddress? address, out string error)
    {
        address = null;
        var (host, portText) = SplitPort(authority);
        error = HostName.Error(host);
        if (error.Length > 0)
            return false;
        var port = BrokerAddress.DefaultPort;
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
        topicFilter = path.Length == 0 ? null : Uri.UnescapeDataString(path);
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
