namespace Plotune.Mqtt.Agent.Configuration;

/// <summary>Names of the form's fields.</summary>
internal static class FormKeys
{
    public const string Host = "broker_ip";
    public const string Port = "broker_port";
    public const string KeepAlive = "keepalive";
    public const string CleanSession = "clean_session";
    public const string QualityOfService = "qos";
    public const string Tls = "ssl";
    public const string UserName = "username";
    public const string Password = "password";
    public const string ClientId = "client_id";
    public const string Protocol = "protocol";
    public const string SessionExpiry = "session_expiry";
    public const string Transport = "transport";
    public const string WebSocketPath = "websocket_path";
    public const string Ca = "tls_ca";
    public const string Certificate = "tls_certificate";
    public const string Key = "tls_key";
    public const string KeyPassword = "tls_key_password";
    public const string ServerName = "tls_server_name";
    public const string Verify = "tls_verify";
    public const string ApplicationProtocols = "tls_alpn";
    public const string Proxy = "proxy";
    public const string Topic = "topic";
    public const string Topics = "topics";
    public const string Producer = "producer";
    public const string Connection = "connection";
    public const string Remove = "remove";
    public const string BrokerEnabled = "builtin_enabled";
    public const string BrokerPort = "builtin_port";
    public const string BrokerWebSocketPort = "builtin_websocket_port";
    public const string BrokerBind = "builtin_bind";
    public const string BrokerUserName = "builtin_username";
    public const string BrokerPassword = "builtin_password";
    public const string Start = "start";
    public const string Test = "test";
    public const string Show = "show";

    /// <summary>The fields of the built-in broker.</summary>
    public static readonly IReadOnlyList<string> OfBroker = [BrokerEnabled, BrokerPort, BrokerWebSocketPort, BrokerBind, BrokerUserName, BrokerPassword];

    /// <summary>The fields that describe a connection: what <em>Test connection</em> posts.</summary>
    public static readonly IReadOnlyList<string> OfConnection =
    [
        Connection, Host, Port, KeepAlive, CleanSession, QualityOfService, Tls, UserName, Password, ClientId, Protocol, SessionExpiry, Topic, Topics, Producer,
        Transport, WebSocketPath, Ca, Certificate, Key, KeyPassword, ServerName, Verify, ApplicationProtocols, Proxy,
    ];
}
