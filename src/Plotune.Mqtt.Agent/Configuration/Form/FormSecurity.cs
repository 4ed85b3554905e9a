using Plotune.Mqtt.Client;

namespace Plotune.Mqtt.Agent.Configuration;

/// <summary>Reads the form's <em>Security</em> tab.</summary>
/// <param name="offer">What the form showed.</param>
/// <param name="isChange">A stored connection was chosen: what the form had shown and got back stays, and a text that was emptied is removed. Otherwise empty fields keep what is stored.</param>
internal sealed class FormSecurity(FormValues values, FormOffer offer, bool isChange, FaultList faults)
{
    public BrokerConnectionConfig Apply(BrokerConnectionConfig config, BrokerUri? uri)
    {
        var path = Text(FormKeys.WebSocketPath, offer.WebSocketPath, config.Path);
        if (path.Length == 0) path = BrokerConnectionConfig.DefaultPath;
        Check(FormKeys.WebSocketPath, ConnectionAddress.PathError(path));
        if (uri?.WebSocketPath is { } named && path != config.Path && path != named) faults.Add(FormKeys.WebSocketPath, $"says {path}, but the address says {named}");
        var proxy = ReadProxy(config);
        if (proxy is not null && config.Transport == BrokerTransport.Unix) faults.Add(FormKeys.Proxy, "does not lead to a socket of this computer; leave it empty");
        return config with { Path = uri?.WebSocketPath ?? path, Tls = ReadTls(config.Tls), Proxy = proxy };
    }

    private TlsConfig ReadTls(TlsConfig stored)
    {
        var certificate = Source(FormKeys.Certificate, offer.Tls.Certificate, stored.Certificate);
        // The key belongs to the certificate and goes with it.
        var isRemoved = certificate.Length == 0 && stored.Certificate.Length > 0;
        var key = Secret(FormKeys.Key, isRemoved ? Configuration.Secret.None : stored.Key);
        if (key != stored.Key) Check(FormKeys.Key, TlsText.SourceError(key.Reveal()));
        if (certificate.Length == 0 && !key.IsEmpty) faults.Add(FormKeys.Certificate, "is missing: the key belongs to a certificate");
        var serverName = Text(FormKeys.ServerName, offer.Tls.ServerName, stored.ServerName);
        Check(FormKeys.ServerName, TlsText.ServerNameError(serverName));
        return stored with
        {
            Ca = Source(FormKeys.Ca, offer.Tls.Ca, stored.Ca),
            Certificate = certificate,
            Key = key,
            KeyPassword = Secret(FormKeys.KeyPassword, isRemoved ? Configuration.Secret.None : stored.KeyPassword),
            ServerName = serverName,
            Verify = ReadVerify() ?? stored.Verify,
            ApplicationProtocols = ReadProtocols(stored.ApplicationProtocols),
        };
    }

    private TlsVerification? ReadVerify()
    {
        var verify = values.Choice<TlsVerification>(FormKeys.Verify, FormText.Verifications);
        return isChange && verify == offer.Tls.Verify ? null : verify;
    }

    private ValueList<string> ReadProtocols(ValueList<string> stored)
    {
        var text = Text(FormKeys.ApplicationProtocols, string.Join(", ", offer.Tls.ApplicationProtocols), string.Join(", ", stored));
        var protocols = TlsText.ParseProtocols(text, out var error);
        Check(FormKeys.ApplicationProtocols, error);
        return protocols;
    }

    private ProxyConfig? ReadProxy(BrokerConnectionConfig config)
    {
        var stored = config.Proxy?.ToText() ?? "";
        var text = Text(FormKeys.Proxy, offer.Proxy, stored);
        if (text == stored) return config.Proxy;
        if (text.Length == 0) return null;
        var proxy = ProxyConfig.Parse(text, config.Proxy, out var error);
        Check(FormKeys.Proxy, error);
        return proxy;
    }

    /// <summary>Certificates as PEM text or a file, checked if new.</summary>
    private string Source(string key, string offered, string stored)
    {
        var text = Text(key, offered, stored);
        if (text != stored) Check(key, TlsText.CertificateError(text));
        return text;
    }

    private string Text(string key, string offered, string stored)
    {
        if (values.Text(key) is not { } text || (isChange && text == offered)) return stored;
        return text.Length == 0 && !isChange ? stored : text;
    }

    private Secret Secret(string key, Secret stored) =>
        values.Text(key) is { Length: > 0 } text && text != Configuration.Secret.Mask ? Configuration.Secret.From(text) : stored;

    private void Check(string key, string? error)
    {
        if (error is not null) faults.Add(key, error);
    }
}
