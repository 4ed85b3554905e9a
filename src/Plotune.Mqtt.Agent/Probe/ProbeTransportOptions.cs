using System.CommandLine;
using Plotune.Mqtt.Agent.Configuration;
using Plotune.Mqtt.Agent.Hosting;
using Plotune.Mqtt.Client;
using WebSocketOptions = Plotune.Mqtt.Client.WebSocketOptions;

namespace Plotune.Mqtt.Agent.Probe;

/// <summary>The options of <c>probe</c> that say how the broker is reached: WebSocket, TLS and proxy. One that the transport has no use for is a fault, for it would be ignored.</summary>
internal sealed class ProbeTransportOptions
{
    public const string KeyPasswordVariable = "PLOTUNE_MQTT_KEY_PASSWORD";
    public const string ProxyPasswordVariable = "PLOTUNE_MQTT_PROXY_PASSWORD";

    private const string NeedsWebSocket = "Only for WebSocket: write the address as ws://host or wss://host.";
    private const string NeedsTls = "Only for TLS: write the address as mqtts://host or wss://host.";

    private readonly Option<string?> _path = new("--path") { Description = "WebSocket request path. (default: /mqtt)", HelpName = "path" };

    private readonly Option<string[]> _header = new("--header") { Description = "Header of the WebSocket request. May be repeated.", HelpName = "name: value" };

    private readonly Option<string?> _headerFile = new("--header-file") { Description = "Headers that are secret: one a line.", HelpName = "file" };

    private readonly Option<string?> _proxy = new("--proxy") { Description = "HTTP proxy, such as http://user@proxy:8080.", HelpName = "address" };

    private readonly Option<string?> _proxyPasswordFile = new("--proxy-password-file") { Description = "The proxy's password.", HelpName = "file" };

    private readonly Option<string?> _ca = new("--ca") { Description = "Certificate authorities to trust instead of the system's: PEM file.", HelpName = "file" };

    private readonly Option<string?> _certificate = new("--cert") { Description = "Client certificate: PEM or PFX file.", HelpName = "file" };

    private readonly Option<string?> _key = new("--key") { Description = "Private key of the client certificate: PEM file.", HelpName = "file" };

    private readonly Option<string?> _serverName = new("--server-name") { Description = "Name expected in the broker's certificate. (default: the host)", HelpName = "name" };

    private readonly Option<string[]> _alpn = new("--alpn") { Description = "Application protocol to offer by TLS. May be repeated.", HelpName = "name" };

    private readonly Option<bool> _insecure = new("--insecure") { Description = "Do not check the broker's certificate: it may be anyone." };

    public void AddTo(Command command)
    {
        Option[] options = [_path, _header, _headerFile, _proxy, _proxyPasswordFile, _ca, _certificate, _key, _serverName, _alpn, _insecure];
        foreach (var option in options) command.Options.Add(option);
    }

    public WebSocketOptions ReadWebSocket(ParseResult result, BrokerUri uri, FaultList faults)
    {
        Refuse(result, !Transports.IsWebSocket(uri.Transport), NeedsWebSocket, faults, _path, _header, _headerFile);
        var path = result.Value(_path);
        if (path is not null && path.Length == 0) faults.Add(_path.Name, "Write a path such as /mqtt.");
        return new WebSocketOptions { Path = path ?? uri.WebSocketPath ?? BrokerConnectionConfig.DefaultPath, Headers = ReadHeaders(result, faults) };
    }

    public ProxyOptions? ReadProxy(ParseResult result, BrokerUri uri, Func<string, string?> environment, FaultList faults)
    {
        if (result.Value(_proxy) is not { } text)
        {
            Refuse(result, true, "Say which proxy by --proxy.", faults, _proxyPasswordFile);
            return null;
        }

        Refuse(result, uri.Transport == BrokerTransport.Unix, "A proxy does not lead to a socket of this computer.", faults, _proxy);
        if (ProxyConfig.Parse(text, null, out var error) is not { } proxy)
        {
            faults.Add(_proxy.Name, $"The proxy {error}.");
            return null;
        }

        var password = ReadPassword(result, _proxyPasswordFile, proxy.Password.Reveal(), _proxy.Name, faults) ?? environment(ProxyPasswordVariable) ?? "";
        return new ProxyOptions(proxy.Host, proxy.Port) { UserName = proxy.UserName, Password = password };
    }

    public TlsOptions ReadTls(ParseResult result, BrokerUri uri, Func<string, string?> environment, FaultList faults)
    {
        Refuse(result, !Transports.HasTls(uri.Transport), NeedsTls, faults, _ca, _certificate, _key, _serverName, _alpn, _insecure);
        return new TlsOptions
        {
            Ca = result.Value(_ca) ?? "",
            Certificate = result.Value(_certificate) ?? "",
            Key = result.Value(_key) ?? "",
            KeyPassword = environment(KeyPasswordVariable) ?? "",
            ServerName = result.Value(_serverName) ?? "",
            Verify = result.Value(_insecure) ? TlsVerification.None : TlsVerification.Full,
            ApplicationProtocols = result.Value(_alpn) ?? [],
        };
    }

    /// <summary>The password in <paramref name="inAddress"/> or in a file; null if in neither.</summary>
    /// <param name="addressName">Where the address stands, for the fault that both have one.</param>
    public static string? ReadPassword(ParseResult result, Option<string?> file, string? inAddress, string addressName, FaultList faults)
    {
        if (result.Value(file) is not { } path) return string.IsNullOrEmpty(inAddress) ? null : inAddress;
        if (!string.IsNullOrEmpty(inAddress)) faults.Add(file.Name, $"There is a password in {addressName} already; give one of them.");
        if (SecretFile.Read(path, out var error) is { } password) return password;
        faults.Add(file.Name, error);
        return null;
    }

    private static void Refuse(ParseResult result, bool isUseless, string sentence, FaultList faults, params ReadOnlySpan<Option> options)
    {
        if (!isUseless) return;
        foreach (var option in options)
        {
            if (result.GetResult(option) is { Implicit: false }) faults.Add(option.Name, sentence);
        }
    }

    private List<KeyValuePair<string, string>> ReadHeaders(ParseResult result, FaultList faults)
    {
        var headers = new List<KeyValuePair<string, string>>();
        foreach (var line in result.Value(_header) ?? []) AddHeader(line, _header.Name, headers, faults);
        if (result.Value(_headerFile) is not { } path) return headers;
        if (SecretFile.Read(path, out var error) is { } text)
        {
            foreach (var line in text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)) AddHeader(line, _headerFile.Name, headers, faults);
        }
        else
        {
            faults.Add(_headerFile.Name, error);
        }

        return headers;
    }

    // A fault names the header, never its value.
    private static void AddHeader(string line, string option, List<KeyValuePair<string, string>> headers, FaultList faults)
    {
        var colon = line.IndexOf(':', StringComparison.Ordinal);
        if (colon <= 0)
        {
            faults.Add(option, "Write a header as name: value.");
            return;
        }

        var (name, value) = (line[..colon].Trim(), line[(colon + 1)..].Trim());
        if (HeaderConfig.NameError(name) is { } nameError) faults.Add(option, $"'{name}' {nameError}.");
        else if (HeaderConfig.ValueError(value) is { } valueError) faults.Add(option, $"The value of '{name}' {valueError}.");
        else if (headers.Exists(header => header.Key.Equals(name, StringComparison.OrdinalIgnoreCase))) faults.Add(option, $"'{name}' is there twice.");
        else headers.Add(new(name, value));
    }
}
