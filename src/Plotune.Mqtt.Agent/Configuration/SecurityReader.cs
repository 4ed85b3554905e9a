using System.Text.Json;
using Plotune.Mqtt.Client;

namespace Plotune.Mqtt.Agent.Configuration;

/// <summary>Reads the members <c>tls</c>, <c>headers</c> and <c>proxy</c> of a connection. They hold secrets, so a member that is absent stays as it is stored.</summary>
/// <param name="stored">The connection so far; null if it is new.</param>
internal sealed class SecurityReader(BrokerConnectionConfig? stored)
{
    /// <param name="settings">The member's object; null if it is absent, so that all stays as it is.</param>
    /// <param name="kept">What is stored.</param>
    public static TlsConfig ReadTls(JsonFields? settings, TlsConfig kept)
    {
        if (settings is not { } fields) return kept;
        var tls = new TlsConfig
        {
            Ca = fields.Text("ca") ?? "",
            Certificate = fields.Text("certificate") ?? "",
            Key = fields.Secret("key", kept.Key),
            KeyPassword = fields.Secret("keyPassword", kept.KeyPassword),
            ServerName = fields.Text("serverName") ?? "",
            MinimumVersion = fields.Choice("minVersion", TlsText.Versions) ?? TlsVersion.Tls12,
            Verify = fields.Choice("verify", TlsText.Verifications) ?? TlsVerification.Full,
            CheckRevocation = fields.Flag("checkRevocation") ?? false,
            ApplicationProtocols = ReadProtocols(fields),
        };
        // What is stored is not looked at again: a file that has gone must not keep the connection from being changed, or switched off.
        if (tls.Ca != kept.Ca) fields.Fault("ca", TlsText.CertificateError(tls.Ca));
        if (tls.Certificate != kept.Certificate) fields.Fault("certificate", TlsText.CertificateError(tls.Certificate));
        if (tls.Key != kept.Key) fields.Fault("key", TlsText.SourceError(tls.Key.Reveal()));
        fields.Fault("serverName", TlsText.ServerNameError(tls.ServerName));
        if (!tls.Key.IsEmpty && tls.Certificate.Length == 0 && !fields.Faults.Has(fields.NameOf("certificate"))) fields.Fault("certificate", "is missing: the key belongs to a certificate");
        return tls;
    }

    public ValueList<HeaderConfig> ReadHeaders(JsonFields connection)
    {
        var kept = stored?.Headers ?? [];
        if (connection.Object("headers") is not { } fields) return kept;
        var headers = new List<HeaderConfig>();
        foreach (var name in fields.Names)
        {
            fields.Fault(name, HeaderConfig.NameError(name));
            if (headers.Exists(header => header.Name.Equals(name, StringComparison.OrdinalIgnoreCase))) fields.Fault(name, "is there twice");
            if (ReadHeader(fields, name, kept) is { } value) headers.Add(new HeaderConfig(name, value));
        }

        if (headers.Count > HeaderConfig.MaximumCount) connection.Fault("headers", $"holds more than {HeaderConfig.MaximumCount} headers");
        return [.. headers];
    }

    /// <summary>Null and an empty text mean none.</summary>
    public ProxyConfig? ReadProxy(JsonFields connection)
    {
        if (connection.IsNull("proxy")) return null;
        if (connection.Find("proxy") is not { } value) return stored?.Proxy;
        if (value.ValueKind == JsonValueKind.String) return ReadProxyText(connection);
        if (value.ValueKind == JsonValueKind.Object && connection.Object("proxy") is { } fields) return ReadProxyObject(fields);
        connection.Fault("proxy", "must be an object with host and port, or a text such as http://proxy:8080");
        return null;
    }

    private static ValueList<string> ReadProtocols(JsonFields fields)
    {
        if (fields.Find("alpn") is not { } value) return [];
        IEnumerable<string>? names = value.ValueKind switch
        {
            JsonValueKind.String => fields.Text("alpn") is { } text ? [text] : [],
            JsonValueKind.Array when value.EnumerateArray().All(entry => entry.ValueKind == JsonValueKind.String) => Texts(value),
            _ => null,
        };
        if (names is null)
        {
            fields.Fault("alpn", "must be a text or a list of texts");
            return [];
        }

        var protocols = TlsText.ParseProtocols(names, out var error);
        fields.Fault("alpn", error);
        return protocols;
    }

    private static List<string>? Texts(JsonElement list)
    {
        try
        {
            return [.. list.EnumerateArray().Select(entry => entry.GetString()!)];
        }
        catch (InvalidOperationException) // half a surrogate pair
        {
            return null;
        }
    }

    private static Secret? ReadHeader(JsonFields fields, string name, ValueList<HeaderConfig> kept)
    {
        if (fields.Find(name) is null) return null;
        if (fields.Text(name) is not { } text) return null;
        if (text != Secret.Mask)
        {
            fields.Fault(name, HeaderConfig.ValueError(text));
            return Secret.From(text);
        }

        var known = kept.FirstOrDefault(header => header.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
        if (known is null) fields.Fault(name, $"has no stored value that {Secret.Mask} could keep");
        return known?.Value;
    }

    private ProxyConfig? ReadProxyText(JsonFields connection)
    {
        if (connection.Text("proxy") is not { } text || string.IsNullOrWhiteSpace(text)) return null;
        var proxy = ProxyConfig.Parse(text, stored?.Proxy, out var error);
        connection.Fault("proxy", error);
        return proxy;
    }

    private ProxyConfig? ReadProxyObject(JsonFields fields)
    {
        var port = fields.Number("port", 1, 65_535) ?? ProxyOptions.DefaultPort;
        var password = fields.Secret("password", stored?.Proxy?.Password);
        var userName = fields.MqttText("username") ?? "";
        if (userName.Contains(':')) fields.Fault("username", "must not hold a colon");
        if (fields.Text("host") is not { } host)
        {
            if (!fields.Faults.Has(fields.NameOf("host"))) fields.Fault("host", "is missing");
            return null;
        }

        if (TypedAddress.Parse(host, out var error) is { NamesTransport: false, NamesPort: false, Uri: { UserName: null, TopicFilter: null } uri })
        {
            return new ProxyConfig(uri.Address.Host, port) { UserName = userName, Password = password };
        }

        fields.Fault("host", error.Length > 0 ? error : "must be a host name or an IP address alone");
        return null;
    }
}
