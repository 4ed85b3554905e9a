using Plotune.Mqtt.Agent.Configuration;
using Plotune.Mqtt.Agent.Supervision;
using Plotune.Mqtt.Client;

namespace Plotune.Mqtt.Agent.Monitor.Diagnosis;

/// <summary>The step at which a connection that is not up has failed, by the name of the reason.</summary>
/// <param name="Advice">What to do, where the reason itself does not say.</param>
internal sealed record ReasonStep(StepKind Step, string Advice)
{
    private const string TryPort = "Check host and port, and whether an MQTT broker listens there.";
    private const string CheckNetwork = "Check the network between this computer and the broker.";
    private const string AskBroker = "The broker's log may tell more.";
    private const string WaitForBroker = "Wait: it is tried again by itself.";
    private const string CheckTls = "Check the TLS settings, and the broker's log.";
    private const string CheckWebSocket = "Check port and path of the broker's WebSocket.";
    private const string CheckProxy = "Check the proxy's settings.";
    private const string CheckLogin = "Check user name and password.";
    private const string CheckWill = "Check the will's settings.";
    private const string CheckFilters = "Change the topic filters.";
    private const string CheckPublishing = "Check what is published through this connection.";
    private const string OtherVersion = "Choose another protocol version.";
    private const string ReadLog = "The agent's log tells more.";

    // A code that the specification does not define for CONNACK or DISCONNECT has no name of its own.
    private static readonly ReasonStep Unnamed = new(StepKind.ConnAck, AskBroker);

    private static readonly Dictionary<string, ReasonStep> Steps = new(StringComparer.Ordinal)
    {
        [WorkerTracker.LostReasonName] = new(StepKind.Name, "It is started again by itself; the agent's log tells more."),
        [LostSecrets.ReasonName] = new(StepKind.Name, "Enter the secret again."),
        [nameof(LocalFault.InternalError)] = new(StepKind.Name, ReadLog),

        [nameof(LocalFault.HostNotFound)] = new(StepKind.Name, "Check the spelling of the host, or enter its IP address."),
        [nameof(LocalFault.ProxyNotFound)] = new(StepKind.Name, "Check the spelling of the proxy's host, or enter its IP address."),

        [nameof(LocalFault.NetworkUnreachable)] = new(StepKind.Tcp, "Check that this computer is connected to the right network."),
        [nameof(LocalFault.AccessDenied)] = new(StepKind.Tcp, "Allow the connection in this computer's firewall."),
        [nameof(LocalFault.ConnectionRefused)] = new(StepKind.Tcp, "Start the broker, or correct host and port."),
        [nameof(LocalFault.ConnectTimeout)] = new(StepKind.Tcp, "Check the address, and firewalls on the way."),
        [nameof(LocalFault.ConnectionTimedOut)] = new(StepKind.Tcp, CheckNetwork),
        [nameof(LocalFault.ConnectionLost)] = new(StepKind.Tcp, CheckNetwork),
        [nameof(LocalFault.SocketFailed)] = new(StepKind.Tcp, CheckNetwork),
        [nameof(LocalFault.UnexpectedFailure)] = new(StepKind.Tcp, ReadLog),
        [nameof(LocalFault.SocketMissing)] = new(StepKind.Tcp, "Start the broker, or correct the path."),
        [nameof(LocalFault.SocketAccessDenied)] = new(StepKind.Tcp, "Allow this user to use the socket."),
        [nameof(LocalFault.SocketPathNotValid)] = new(StepKind.Tcp, "Correct the path."),
        [nameof(LocalFault.ProxyRefusesConnections)] = new(StepKind.Tcp, CheckProxy),
        [nameof(LocalFault.ProxyUnreachable)] = new(StepKind.Tcp, CheckProxy),
        [nameof(LocalFault.ProxyTimeout)] = new(StepKind.Tcp, CheckProxy),
        [nameof(LocalFault.ProxyClosed)] = new(StepKind.Tcp, CheckProxy),
        [nameof(LocalFault.ProxyNotHttp)] = new(StepKind.Tcp, CheckProxy),
        [nameof(LocalFault.ProxyAuthenticationRequired)] = new(StepKind.Tcp, CheckProxy),
        [nameof(LocalFault.ProxyAuthenticationFailed)] = new(StepKind.Tcp, CheckProxy),
        [nameof(LocalFault.ProxyForbidden)] = new(StepKind.Tcp, "Ask the proxy's administrator to allow the broker's address."),
        [nameof(LocalFault.ProxyCannotReachBroker)] = new(StepKind.Tcp, TryPort),
        [nameof(LocalFault.ProxyRefused)] = new(StepKind.Tcp, "Ask the proxy's administrator."),

        [nameof(LocalFault.TlsExpected)] = new(StepKind.Tls, "Choose the transport with TLS."),
        [nameof(LocalFault.TlsNotSpoken)] = new(StepKind.Tls, "Use the broker's TLS port, or choose the transport without TLS."),
        [nameof(LocalFault.TlsTimeout)] = new(StepKind.Tls, "Use the broker's TLS port, which often is 8883."),
        [nameof(LocalFault.TlsHandshakeClosed)] = new(StepKind.Tls, "Use the broker's TLS port, which often is 8883."),
        [nameof(LocalFault.TlsHandshakeRefused)] = new(StepKind.Tls, CheckTls),
        [nameof(LocalFault.TlsVersionMismatch)] = new(StepKind.Tls, "Allow an older version of TLS, or have the broker updated."),
        [nameof(LocalFault.TlsAlert)] = new(StepKind.Tls, CheckTls),
        [nameof(LocalFault.TlsFailed)] = new(StepKind.Tls, CheckTls),
        [nameof(LocalFault.ServerNameNotKnown)] = new(StepKind.Tls, "Enter the server name that the broker expects."),
        [nameof(LocalFault.ApplicationProtocolRefused)] = new(StepKind.Tls, "Enter the application protocol (ALPN) that the broker's documentation names."),
        [nameof(LocalFault.CertificateMissing)] = new(StepKind.Tls, "Have a certificate installed at the broker."),
        [nameof(LocalFault.CertificateExpired)] = new(StepKind.Tls, "Have the broker's certificate renewed."),
        [nameof(LocalFault.CertificateNotYetValid)] = new(StepKind.Tls, "Check the clock of this computer."),
        [nameof(LocalFault.CertificateSelfSigned)] = new(StepKind.Tls, "Enter the broker's certificate as the CA certificate, if it is the right one."),
        [nameof(LocalFault.CertificateAuthorityUnknown)] = new(StepKind.Tls, "Enter the certificate of the broker's authority as the CA certificate."),
        [nameof(LocalFault.CertificateNameMismatch)] = new(StepKind.Tls, "Enter a name that the certificate is for as the server name."),
        [nameof(LocalFault.CertificateRevoked)] = new(StepKind.Tls, "Have the broker's certificate replaced."),
        [nameof(LocalFault.RevocationUnknown)] = new(StepKind.Tls, "Switch the revocation check off if this computer has no internet."),
        [nameof(LocalFault.CertificateNotValid)] = new(StepKind.Tls, "Have the broker's certificate replaced."),
        [nameof(LocalFault.ClientCertificateRequired)] = new(StepKind.Tls, "Enter a client certificate and its key."),
        [nameof(LocalFault.ClientCertificateMissing)] = new(StepKind.Tls, "Enter the client certificate that belongs to the key."),
        [nameof(LocalFault.ClientCertificateUnknownCa)] = new(StepKind.Tls, "Use a client certificate that the broker's authority has issued."),
        [nameof(LocalFault.ClientCertificateExpired)] = new(StepKind.Tls, "Renew the client certificate."),
        [nameof(LocalFault.ClientCertificateRevoked)] = new(StepKind.Tls, "Use another client certificate."),
        [nameof(LocalFault.ClientCertificateRefused)] = new(StepKind.Tls, AskBroker),
        [nameof(LocalFault.ClientKeyMissing)] = new(StepKind.Tls, "Enter the key of the client certificate."),
        [nameof(LocalFault.ClientKeyMismatch)] = new(StepKind.Tls, "Enter the certificate and the key that were made together."),
        [nameof(LocalFault.KeyPasswordMissing)] = new(StepKind.Tls, "Enter the key password."),
        [nameof(LocalFault.KeyPasswordWrong)] = new(StepKind.Tls, "Enter the key password again."),
        [nameof(LocalFault.TlsFileMissing)] = new(StepKind.Tls, "Put the file there, or enter the path of another one."),
        [nameof(LocalFault.TlsFileInvalid)] = new(StepKind.Tls, "Enter PEM text, or the path of a file that holds it."),
        [nameof(LocalFault.TlsFileUnreadable)] = new(StepKind.Tls, "Check the file's path and its permissions."),

        [nameof(LocalFault.WebSocketTimeout)] = new(StepKind.ConnAck, CheckWebSocket),
        [nameof(LocalFault.WebSocketClosed)] = new(StepKind.ConnAck, CheckWebSocket),
        [nameof(LocalFault.WebSocketUnauthorized)] = new(StepKind.ConnAck, "Add the header that the web server asks for."),
        [nameof(LocalFault.WebSocketForbidden)] = new(StepKind.ConnAck, "Check the headers, and the web server's access rules."),
        [nameof(LocalFault.WebSocketPathNotFound)] = new(StepKind.ConnAck, "Correct the path; many brokers use /mqtt, /ws or /."),
        [nameof(LocalFault.WebSocketRedirected)] = new(StepKind.ConnAck, "Enter the address that the web server points to, if you trust it."),
        [nameof(LocalFault.WebSocketUnavailable)] = new(StepKind.ConnAck, WaitForBroker),
        [nameof(LocalFault.WebSocketRefused)] = new(StepKind.ConnAck, CheckWebSocket),
        [nameof(LocalFault.WebSocketSubProtocol)] = new(StepKind.ConnAck, CheckWebSocket),
        [nameof(LocalFault.WebSocketTextFrame)] = new(StepKind.ConnAck, CheckWebSocket),
        [nameof(LocalFault.WebSocketProtocolViolation)] = new(StepKind.ConnAck, CheckWebSocket),
        [nameof(LocalFault.HeaderNotValid)] = new(StepKind.ConnAck, "Correct the request headers."),

        [nameof(LocalFault.HttpExpected)] = new(StepKind.ConnAck, "Choose the transport WebSocket, or use the broker's MQTT port."),
        [nameof(LocalFault.ClosedBeforeConnAck)] = new(StepKind.ConnAck, TryPort),
        [nameof(LocalFault.ConnAckTimeout)] = new(StepKind.ConnAck, TryPort),
        [nameof(LocalFault.ConnectionReset)] = new(StepKind.ConnAck, TryPort),
        [nameof(LocalFault.ProtocolViolation)] = new(StepKind.ConnAck, TryPort),
        [nameof(LocalFault.UnsupportedProtocolVersion)] = new(StepKind.ConnAck, OtherVersion),
        [nameof(LocalFault.ClientIdentifierNotValid)] = new(StepKind.ConnAck, "Choose another client identifier."),
        [nameof(LocalFault.BadUserNameOrPassword)] = new(StepKind.ConnAck, CheckLogin),
        [nameof(LocalFault.WillInvalid)] = new(StepKind.ConnAck, CheckWill),
        [nameof(LocalFault.ConnectionClosed)] = new(StepKind.ConnAck, AskBroker),
        [nameof(LocalFault.ConnectionCut)] = new(StepKind.ConnAck, AskBroker),
        [nameof(LocalFault.KeepAliveTimeout)] = new(StepKind.ConnAck, CheckNetwork),
        [nameof(LocalFault.PublishStalled)] = new(StepKind.ConnAck, CheckPublishing),
        [nameof(LocalFault.PublishFailed)] = new(StepKind.ConnAck, ReadLog),

        ["MalformedPacket"] = new(StepKind.ConnAck, OtherVersion),
        ["ProtocolError"] = new(StepKind.ConnAck, OtherVersion),
        ["UnspecifiedError"] = new(StepKind.ConnAck, AskBroker),
        ["ImplementationSpecificError"] = new(StepKind.ConnAck, AskBroker),
        ["NotAuthorized"] = new(StepKind.ConnAck, CheckLogin),
        ["ServerUnavailable"] = new(StepKind.ConnAck, WaitForBroker),
        ["ServerBusy"] = new(StepKind.ConnAck, WaitForBroker),
        ["ServerShuttingDown"] = new(StepKind.ConnAck, "Wait until the broker is started again."),
        ["Banned"] = new(StepKind.ConnAck, "Ask the broker's administrator to lift the ban."),
        ["BadAuthenticationMethod"] = new(StepKind.ConnAck, "Ask the broker's administrator for a login by user name and password."),
        ["UseAnotherServer"] = new(StepKind.ConnAck, "Enter the address of the other broker."),
        ["ServerMoved"] = new(StepKind.ConnAck, "Enter the broker's new address."),
        ["ConnectionRateExceeded"] = new(StepKind.ConnAck, WaitForBroker),
        ["QuotaExceeded"] = new(StepKind.ConnAck, "Have the broker's limits raised."),
        ["PacketTooLarge"] = new(StepKind.ConnAck, "Have the broker's limit of the packet size raised, or send smaller messages."),
        ["NormalDisconnection"] = new(StepKind.ConnAck, WaitForBroker),
        ["SessionTakenOver"] = new(StepKind.ConnAck, "Give every client an identifier of its own."),
        ["AdministrativeAction"] = new(StepKind.ConnAck, "Ask the broker's administrator."),
        ["MaximumConnectTime"] = new(StepKind.ConnAck, WaitForBroker),
        ["ReceiveMaximumExceeded"] = new(StepKind.ConnAck, CheckPublishing),
        ["TopicAliasInvalid"] = new(StepKind.ConnAck, CheckPublishing),
        ["MessageRateTooHigh"] = new(StepKind.ConnAck, CheckPublishing),
        ["TopicNameInvalid"] = new(StepKind.ConnAck, "Check the topics of the will and of what is published."),
        ["PayloadFormatInvalid"] = new(StepKind.ConnAck, "Check the payloads of the will and of what is published."),
        ["RetainNotSupported"] = new(StepKind.ConnAck, "Publish without retain, the will included."),
        ["QoSNotSupported"] = new(StepKind.ConnAck, "Publish with a lower QoS, the will included."),

        [nameof(LocalFault.SubAckTimeout)] = new(StepKind.SubAck, AskBroker),
        [nameof(LocalFault.UnsubAckTimeout)] = new(StepKind.SubAck, AskBroker),
        ["TopicFilterInvalid"] = new(StepKind.SubAck, CheckFilters),
        ["SharedSubscriptionsNotSupported"] = new(StepKind.SubAck, "Use filters without $share, and no share group."),
        ["SubscriptionIdentifiersNotSupported"] = new(StepKind.SubAck, AskBroker),
        ["WildcardSubscriptionsNotSupported"] = new(StepKind.SubAck, "List the topics one by one."),

        [nameof(LocalFault.HandOverFailed)] = new(StepKind.Message, ReadLog),
    };

    /// <summary>Whether the name has a step of its own.</summary>
    public static bool Knows(string reasonName) => Steps.ContainsKey(reasonName);

    public static ReasonStep Of(string reasonName) => Steps.GetValueOrDefault(reasonName, Unnamed);
}
