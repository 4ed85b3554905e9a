using System.Globalization;
using System.Text.Json.Nodes;
using Plotune.Mqtt.Agent.BuiltInBroker;
using Plotune.Mqtt.Client;

namespace Plotune.Mqtt.Agent.Configuration;

/// <summary>Builds the form: the fields of the existing extension, and further ones that keep their hands off when left alone.</summary>
/// <param name="offer">Values to show.</param>
/// <param name="connections">Names of the stored connections.</param>
/// <param name="broker">Settings of the built-in broker, to show.</param>
/// <param name="baseUrl">Where Core reaches us, without a trailing slash.</param>
internal sealed class FormBuilder(FormOffer offer, IReadOnlyList<string> connections, BuiltInBrokerSettings broker, string baseUrl)
{
    private readonly Dictionary<string, FormField> _fields = [];

    public FormSchema Build() => new(
        [
            new FormSection("tab", "Broker", AddBroker()),
            new FormSection("tab", "Topic", AddTopic()),
            new FormSection("tab", "Login and session", AddLogin()),
            new FormSection("tab", "Security", AddSecurity()),
            new FormSection("tab", "Stored connections", AddStored()),
            new FormSection("tab", "Built-in broker", AddBuiltInBroker()),
            new FormSection("group", "Actions", AddActions()),
        ],
        _fields);

    private List<string> AddBroker() =>
    [
        Text(FormKeys.Host, "Broker Host IP", offer.Host, required: true),
        Text(FormKeys.Port, "Broker Port", Number(offer.Port), required: true),
        Text(FormKeys.KeepAlive, "Keep Alive", Seconds(offer.KeepAlive)),
        Checkbox(FormKeys.CleanSession, "Clean Session", offer.CleanSession),
        Combobox(FormKeys.QualityOfService, "QoS", QualityOfServiceText.Options, QualityOfServiceText.OptionOf(offer.QualityOfService)),
        Checkbox(FormKeys.Tls, "SSL", offer.Transport is { } transport && Transports.HasTls(transport)),
    ];

    private List<string> AddTopic() =>
    [
        Text(FormKeys.Topic, "Topic", offer.Topic),
        Text(FormKeys.Topics, "More topics (separated by commas, each may end in :qos)", offer.Topics),
        Checkbox(FormKeys.Producer, "Set as producer", offer.Producer),
    ];

    private List<string> AddLogin() =>
    [
        Text(FormKeys.UserName, "User name", offer.UserName),
        Text(FormKeys.Password, "Password (empty keeps the stored one)", ""),
        Text(FormKeys.ClientId, "Client ID (empty chooses one)", offer.ClientId),
        Combobox(FormKeys.Protocol, "MQTT version", [.. ProtocolText.Choices.Select(choice => choice.Name)], ProtocolText.NameOf(offer.Protocol)),
        Whole(FormKeys.SessionExpiry, "Session expiry (seconds)", (long)offer.SessionExpiry.TotalSeconds, uint.MaxValue),
    ];

    private List<string> AddSecurity() =>
    [
        Combobox(FormKeys.Transport, "Transport", [FormText.TransportOfAddress, .. FormText.Transports.Select(choice => choice.Name)], FormText.NameOf(offer.Transport)),
        Text(FormKeys.WebSocketPath, "WebSocket path (empty: /mqtt)", offer.WebSocketPath),
        Text(FormKeys.Ca, "Certificate authority: file or PEM text (empty: the system's)", offer.Tls.Ca),
        Text(FormKeys.Certificate, "Client certificate: file (PEM, PFX) or PEM text", offer.Tls.Certificate),
        Text(FormKeys.Key, "Private key: file or PEM text (empty keeps the stored one)", ""),
        Text(FormKeys.KeyPassword, "Password of the key (empty keeps the stored one)", ""),
        Text(FormKeys.ServerName, "Name in the broker's certificate (empty: the host)", offer.Tls.ServerName),
        Combobox(FormKeys.Verify, "Check the broker's certificate", [FormText.NameOf(TlsVerification.Full), FormText.NameOf(TlsVerification.None)], FormText.NameOf(offer.Tls.Verify)),
        Text(FormKeys.ApplicationProtocols, "ALPN names (separated by commas)", string.Join(", ", offer.Tls.ApplicationProtocols)),
        Text(FormKeys.Proxy, "HTTP proxy, such as http://user:password@proxy:8080", offer.Proxy),
    ];

    private List<string> AddStored() =>
    [
        Combobox(
            FormKeys.Connection,
            string.Join(" ", ["Connection to change (fields left as they are keep its values)", .. offer.Warnings.Select(warning => $"WARNING: {warning}")]),
            [FormReader.NewConnection, .. connections],
            offer.Connection ?? FormReader.NewConnection),
        Checkbox(FormKeys.Remove, "Remove this connection", false),
        Button(FormKeys.Show, "Show its values when the form is opened next", "/form/show", [FormKeys.Connection]),
    ];

    private List<string> AddBuiltInBroker() =>
    [
        Checkbox(FormKeys.BrokerEnabled, "Run a broker on this computer, for devices that have none", broker.Enabled),
        Whole(FormKeys.BrokerPort, "Port (0: a free one)", broker.Port, ushort.MaxValue),
        Whole(FormKeys.BrokerWebSocketPort, "WebSocket port (0: none)", broker.WebSocketPort, ushort.MaxValue),
        Text(FormKeys.BrokerBind, "Address to listen at (127.0.0.1: for this computer only; 0.0.0.0: for others too, with a password)", broker.Bind.ToString()),
        Text(FormKeys.BrokerUserName, "User name (empty: any)", broker.UserName),
        Text(FormKeys.BrokerPassword, "Password (empty keeps the stored one)", ""),
    ];

    private List<string> AddActions() =>
    [
        Button(FormKeys.Start, "Start", "/start", []),
        Button(FormKeys.Test, "Test connection", "/form/test", FormKeys.OfConnection),
    ];

    private string Text(string key, string label, string value, bool required = false) =>
        Add(key, new FormField("text", label) { Default = value, Required = required });

    private string Whole(string key, string label, long value, long maximum) =>
        Add(key, new FormField("number", label) { Default = Number(value), Min = 0, Max = maximum, Required = false });

    private string Checkbox(string key, string label, bool value) =>
        Add(key, new FormField("checkbox", label) { Default = JsonValue.Create(value), Required = false });

    private string Combobox(string key, string label, IReadOnlyList<string> options, string value) =>
        Add(key, new FormField("combobox", label) { Options = options, Default = value, Required = false });

    private string Button(string key, string label, string route, IReadOnlyList<string> payload) =>
        Add(key, new FormField("button", label) { Action = new FormButton("POST", baseUrl + route, payload) });

    private string Add(string key, FormField field)
    {
        _fields.Add(key, field);
        return key;
    }

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Seconds(TimeSpan time) => Number((long)time.TotalSeconds);
}
