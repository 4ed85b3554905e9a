using System.CommandLine;
using Plotune.Mqtt.Agent.Configuration;
using Plotune.Mqtt.Client;
using WebSocketOptions = Plotune.Mqtt.Client.WebSocketOptions;

namespace Plotune.Mqtt.Agent.Probe;

/// <summary>The options of the sub-command <c>probe</c>, and what they mean.</summary>
internal sealed class ProbeOptions
{
    public const string PasswordVariable = "PLOTUNE_MQTT_PASSWORD";
    public const string KeyPasswordVariable = "PLOTUNE_MQTT_KEY_PASSWORD";

    private readonly Argument<string?> _address = new("address")
    {
        Description = "Broker: host, host:port or an address that begins with mqtt://, mqtts://, ws://, wss:// or unix://.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<string?> _host = new("--host") { Description = "Broker's host, instead of an address.", HelpName = "host" };

    private readonly Option<int?> _port = new("--port") { Description = "Broker's port. (default: the address's, or that of its scheme)", HelpName = "n" };

    private readonly Option<string> _protocol = Of(new Option<string>("--protocol") { Description = "MQTT version: 3.1.1 or 5.0.", HelpName = "version" }, "5.0");

    private readonly Option<bool> _cleanStart = Of(new Option<bool>("--clean-start") { Description = "Begin a new session.", HelpName = "true|false" }, true);

    private readonly Option<string?> _clientId = new("--client-id") { Description = "Client identifier. (default: one of its own making)", HelpName = "text" };

    private readonly Option<string?> _user = new("--user") { Description = "User name; the password comes by PLOTUNE_MQTT_PASSWORD.", HelpName = "name" };

    private readonly Option<int> _keepAlive = Of(new Option<int>("--keep-alive") { Description = "Keep Alive in seconds, 0 to 65535; 0 turns it off.", HelpName = "s" }, 60);

    private readonly Option<uint> _sessionExpiry =
        Of(new Option<uint>("--session-expiry") { Description = "Session Expiry Interval in seconds; MQTT 5.0.", HelpName = "s" }, 0u);

    private readonly Option<ushort> _receiveMaximum =
        Of(new Option<ushort>("--receive-maximum") { Description = "Receive Maximum, 1 to 65535; MQTT 5.0.", HelpName = "n" }, ushort.MaxValue);

    private readonly Option<ushort> _topicAliasMaximum =
        Of(new Option<ushort>("--topic-alias-maximum") { Description = "Topic aliases the broker may use; MQTT 5.0.", HelpName = "n" }, (ushort)0);

    private readonly Option<int> _maximumPacketSize =
        Of(new Option<int>("--maximum-packet-size") { Description = "Largest packet taken, in bytes.", HelpName = "n" }, 1 << 20);

    private readonly Option<string[]> _subscribe = new("--subscribe")
    {
        Description = "Topic filter, or filter:qos with QoS 0, 1 or 2 after the last colon. May be repeated.",
        HelpName = "filter[:qos]",
    };

    private readonly Option<string[]> _unsubscribe = new("--unsubscribe") { Description = "Topic filter. May be repeated.", HelpName = "filter" };

    private readonly Option<string[]> _publish = new("--publish")
    {
        Description = "Message; the first :0:, :1: or :2: ends the topic, all after it is payload. May be repeated.",
        HelpName = "topic:qos:payload",
    };

    private readonly Option<string?> _path = new("--path") { Description = "WebSocket request path. (default: /mqtt)", HelpName = "path" };

    private readonly Option<string?> _ca = new("--ca") { Description = "Certificate authorities to trust instead of the system's: PEM file.", HelpName = "file" };

    private readonly Option<string?> _certificate = new("--cert") { Description = "Client certificate: PEM or PFX file.", HelpName = "file" };

    private readonly Option<string?> _key = new("--key") { Description = "Private key of the client certificate: PEM file.", HelpName = "file" };

    private readonly Option<string?> _serverName = new("--server-name") { Description = "Name expected in the broker's certificate. (default: the host)", HelpName = "name" };

    private readonly Option<string[]> _alpn = new("--alpn") { Description = "Application protocol to offer by TLS. May be repeated.", HelpName = "name" };

    private readonly Option<bool> _insecure = new("--insecure") { Description = "Do not check the broker's certificate: it may be anyone." };

    public void AddTo(Command command)
    {
        command.Arguments.Add(_address);
        Option[] options =
        [
            _host, _port, _protocol, _cleanStart, _clientId, _user, _keepAlive, _sessionExpiry, _receiveMaximum, _topicAliasMaximum, _maximumPacketSize,
            _subscribe, _unsubscribe, _publish, _path, _ca, _certificate, _key, _serverName, _alpn, _insecure,
        ];
        foreach (var option in options) command.Options.Add(option);
    }

    /// <returns>Null if there are faults.</returns>
    public ProbeSettings? Read(ParseResult result, Func<string, string?> environment, FaultList faults)
    {
        var uri = ReadAddress(result, faults);
        var protocol = ReadProtocol(result.GetValue(_protocol)!, faults);
        Require(result.GetValue(_keepAlive) is >= 0 and <= ushort.MaxValue, "--keep-alive", "Enter 0 to 65535 seconds.", faults);
        Require(result.GetValue(_receiveMaximum) > 0, "--receive-maximum", "Enter 1 to 65535.", faults);
        Require(result.GetValue(_maximumPacketSize) >= 16, "--maximum-packet-size", "Enter 16 or more bytes.", faults);
        var subscriptions = Each(_subscribe, ProbeText.Subscription);
        var messages = Each(_publish, ProbeText.Message);
        var unsubscribe = result.GetValue(_unsubscribe) ?? [];
        foreach (var filter in unsubscribe)
        {
            if (MqttTopic.FilterError(filter) is { } error) faults.Add("--unsubscribe", error);
        }

        if (faults.Count > 0 || uri is null) return null;
        if (uri.TopicFilter is { } topic) subscriptions.Insert(0, new TopicSubscription(topic));
        return new ProbeSettings
        {
            Connection = new BrokerConnectionOptions
            {
                Address = result.GetValue(_port) is { } port ? uri.Address with { Port = port } : uri.Address,
                Transport = uri.Transport,
                Protocol = protocol,
                ClientId = result.GetValue(_clientId) ?? $"probe-{Guid.NewGuid():N}"[..20],
                UserName = result.GetValue(_user) ?? uri.UserName,
                Password = uri.Password ?? environment(PasswordVariable),
                CleanStart = result.GetValue(_cleanStart),
                SessionExpiry = TimeSpan.FromSeconds(result.GetValue(_sessionExpiry)),
                KeepAlive = TimeSpan.FromSeconds(result.GetValue(_keepAlive)),
                ReceiveMaximum = result.GetValue(_receiveMaximum),
                TopicAliasMaximum = result.GetValue(_topicAliasMaximum),
                MaximumPacketSize = result.GetValue(_maximumPacketSize),
                WebSocket = (result.GetValue(_path) ?? uri.WebSocketPath) is { } path ? new WebSocketOptions { Path = path } : new WebSocketOptions(),
                Tls = ReadTls(result, environment),
            },
            Subscribe = subscriptions,
            Unsubscribe = unsubscribe,
            Publish = messages,
        };

        List<T> Each<T>(Option<string[]> option, Reader<T> read)
            where T : class
        {
            var items = new List<T>();
            foreach (var text in result.GetValue(option) ?? [])
            {
                if (read(text, out var error) is { } item) items.Add(item);
                else faults.Add(option.Name, error);
            }

            return items;
        }
    }

    private delegate T? Reader<T>(string text, out string error)
        where T : class;

    private TlsOptions ReadTls(ParseResult result, Func<string, string?> environment) => new()
    {
        Ca = result.GetValue(_ca) ?? "",
        Certificate = result.GetValue(_certificate) ?? "",
        Key = result.GetValue(_key) ?? "",
        KeyPassword = environment(KeyPasswordVariable) ?? "",
        ServerName = result.GetValue(_serverName) ?? "",
        Verify = result.GetValue(_insecure) ? TlsVerification.None : TlsVerification.Full,
        ApplicationProtocols = result.GetValue(_alpn) ?? [],
    };

    private BrokerUri? ReadAddress(ParseResult result, FaultList faults)
    {
        var (address, host) = (result.GetValue(_address), result.GetValue(_host));
        Require(result.GetValue(_port) is null or (>= 1 and <= ushort.MaxValue), "--port", "Enter 1 to 65535.", faults);
        Require(address is not null || host is not null, "address", "Say which broker: an address, or --host.", faults);
        Require(address is null || host is null, "--host", "Give either an address or --host.", faults);
        if ((address ?? host) is not { } text) return null;
        if (!BrokerUri.TryParse(text, out var uri, out var error)) faults.Add(address is null ? "--host" : "address", error);
        return uri;
    }

    private static ProtocolPreference ReadProtocol(string text, FaultList faults)
    {
        var index = Array.FindIndex(ProtocolText.Choices, choice => choice.Name == text && choice.Value != ProtocolPreference.Auto);
        if (index >= 0) return ProtocolText.Choices[index].Value;
        faults.Add("--protocol", "Enter 3.1.1 or 5.0.");
        return ProtocolPreference.V500;
    }

    private static void Require(bool condition, string field, string message, FaultList faults)
    {
        if (!condition) faults.Add(field, message);
    }

    private static Option<T> Of<T>(Option<T> option, T value)
    {
        option.DefaultValueFactory = _ => value;
        return option;
    }
}
