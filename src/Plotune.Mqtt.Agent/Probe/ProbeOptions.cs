using System.CommandLine;
using Plotune.Mqtt.Agent.Configuration;
using Plotune.Mqtt.Agent.Hosting;
using Plotune.Mqtt.Client;

namespace Plotune.Mqtt.Agent.Probe;

/// <summary>The options of the sub-command <c>probe</c>, and what they mean.</summary>
internal sealed class ProbeOptions
{
    public const string PasswordVariable = "PLOTUNE_MQTT_PASSWORD";

    private readonly ProbeTransportOptions _transport = new();

    private readonly Argument<string?> _address = new("address")
    {
        Description = "Broker: host, host:port or an address that begins with mqtt://, mqtts://, ws://, wss:// or unix://.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<string?> _host = new("--host") { Description = "Broker's host, instead of an address.", HelpName = "host" };

    private readonly Option<int?> _port = new("--port") { Description = "Broker's port. (default: the address's, or that of its scheme)", HelpName = "n" };

    private readonly Option<string> _protocol = Of(new Option<string>("--protocol") { Description = "MQTT version: 3.1.1 or 5.0.", HelpName = "version" }, "5.0");

    // As text: the parser would take a word that is neither true nor false for the address.
    private readonly Option<string> _cleanStart = Of(new Option<string>("--clean-start") { Description = "Begin a new session.", HelpName = "true|false" }, "true");

    private readonly Option<string?> _clientId = new("--client-id") { Description = "Client identifier. (default: one of its own making)", HelpName = "text" };

    private readonly Option<string?> _user = new("--user") { Description = "User name.", HelpName = "name" };

    private readonly Option<string?> _passwordFile = new("--password-file") { Description = "The user's password.", HelpName = "file" };

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

    public void AddTo(Command command)
    {
        command.Arguments.Add(_address);
        Option[] options =
        [
            _host, _port, _protocol, _cleanStart, _clientId, _user, _passwordFile, _keepAlive, _sessionExpiry, _receiveMaximum, _topicAliasMaximum, _maximumPacketSize,
            _subscribe, _unsubscribe, _publish,
        ];
        foreach (var option in options) command.Options.Add(option);
        _transport.AddTo(command);
    }

    /// <returns>Null if there are faults.</returns>
    public ProbeSettings? Read(ParseResult result, Func<string, string?> environment, FaultList faults)
    {
        var uri = ReadAddress(result, faults);
        var protocol = ReadProtocol(result.Value(_protocol)!, faults);
        Require(bool.TryParse(result.Value(_cleanStart), out var cleanStart), "--clean-start", "Enter true or false.", faults);
        Require(result.Value(_keepAlive) is >= 0 and <= ushort.MaxValue, "--keep-alive", "Enter 0 to 65535 seconds.", faults);
        Require(result.Value(_receiveMaximum) > 0, "--receive-maximum", "Enter 1 to 65535.", faults);
        Require(result.Value(_maximumPacketSize) >= 16, "--maximum-packet-size", "Enter 16 or more bytes.", faults);
        var subscriptions = Each(_subscribe, ProbeText.Subscription);
        var messages = Each(_publish, ProbeText.Message);
        var unsubscribe = result.Value(_unsubscribe) ?? [];
        foreach (var filter in unsubscribe)
        {
            if (MqttTopic.FilterError(filter) is { } error) faults.Add("--unsubscribe", error);
        }

        if (uri is null) return null;
        var user = result.Value(_user);
        Require(user is null || uri.UserName is null || user == uri.UserName, "--user", "The address names another user.", faults);
        var password = ProbeTransportOptions.ReadPassword(result, _passwordFile, uri.Password, "the address", faults) ?? environment(PasswordVariable);
        var (webSocket, proxy, tls) = (_transport.ReadWebSocket(result, uri, faults), _transport.ReadProxy(result, uri, environment, faults), _transport.ReadTls(result, uri, environment, faults));
        if (faults.Count > 0) return null;
        if (uri.TopicFilter is { } topic) subscriptions.Insert(0, new TopicSubscription(topic));
        return new ProbeSettings
        {
            Connection = new BrokerConnectionOptions
            {
                Address = result.Value(_port) is { } port ? uri.Address with { Port = port } : uri.Address,
                Transport = uri.Transport,
                Protocol = protocol,
                ClientId = result.Value(_clientId) ?? $"probe-{Guid.NewGuid():N}"[..20],
                UserName = user ?? uri.UserName,
                Password = password,
                CleanStart = cleanStart,
                SessionExpiry = TimeSpan.FromSeconds(result.Value(_sessionExpiry)),
                KeepAlive = TimeSpan.FromSeconds(result.Value(_keepAlive)),
                ReceiveMaximum = result.Value(_receiveMaximum),
                TopicAliasMaximum = result.Value(_topicAliasMaximum),
                MaximumPacketSize = result.Value(_maximumPacketSize),
                WebSocket = webSocket,
                Proxy = proxy,
                Tls = tls,
            },
            Subscribe = subscriptions,
            Unsubscribe = unsubscribe,
            Publish = messages,
        };

        List<T> Each<T>(Option<string[]> option, Reader<T> read)
            where T : class
        {
            var items = new List<T>();
            foreach (var text in result.Value(option) ?? [])
            {
                if (read(text, out var error) is { } item) items.Add(item);
                else faults.Add(option.Name, error);
            }

            return items;
        }
    }

    private delegate T? Reader<T>(string text, out string error)
        where T : class;

    private BrokerUri? ReadAddress(ParseResult result, FaultList faults)
    {
        var (address, host) = (result.GetValue(_address), result.Value(_host));
        Require(result.Value(_port) is null or (>= 1 and <= ushort.MaxValue), "--port", "Enter 1 to 65535.", faults);
        if (address?.StartsWith('-') == true)
        {
            // The parser takes a mistyped option for the address, which no host name could be.
            faults.Add(CommandLineFaults.Field, $"There is no option '{address}'.");
            address = null;
        }

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
