using System.Text;
using MQTTnet;
using MQTTnet.Formatter;
using MQTTnet.Protocol;
using Plotune.Mqtt.Client.Publishing;
using Plotune.Mqtt.Client.Receive;

namespace Plotune.Mqtt.Client.Session;

/// <summary>Our options in the words of MQTTnet and of the lane.</summary>
internal static class ClientOptions
{
    /// <summary>What cannot be sent in CONNECT of this version of the protocol, in words; null if nothing.</summary>
    public static ConnectionEnd? Check(BrokerConnectionOptions options, MqttProtocolVersion version, string clientId) =>
        Fault(options, version, clientId) is { } fault ? fault with { Cause = ConnectionEndCause.Unreachable } : null;

    private static ConnectionEnd? Fault(BrokerConnectionOptions options, MqttProtocolVersion version, string clientId)
    {
        if (ConnectRules.Fault(options, version, clientId) is { } fault)
            return fault;
        if (version == MqttProtocolVersion.V500)
            return null;
        if (clientId.Length == 0 && !options.CleanStart) // 3.1.1 [MQTT-3.1.3-7]
            return new ConnectionEnd(LocalFault.ClientIdentifierNotValid, "MQTT 3.1.1 keeps a session only for a client identifier. Enter one.", ReasonClass.Final);
        if (options.UserName is null && options.Password is not null) // 3.1.1 [MQTT-3.1.2-22]
            return new ConnectionEnd(LocalFault.BadUserNameOrPassword, "MQTT 3.1.1 allows a password only together with a user name. Enter one.", ReasonClass.Final);
        return null;
    }

    public static MqttClientOptions Create(
        BrokerConnectionOptions options, MqttProtocolVersion version, string clientId, bool cleanStart)
    {
        var client = new MqttClientOptions
        {
            // Required, and not used: the channel is ours.
            ChannelOptions = new MqttClientTcpOptions(),
            ProtocolVersion = version,
            ClientId = clientId,
            CleanSession = cleanStart,
            // The lane writes the real value into CONNECT and sends PINGREQ itself.
            KeepAlivePeriod = TimeSpan.Zero,
            Timeout = options.RequestTimeout,
        };
        // MQTTnet refuses a password without a user name, which MQTT 5.0 allows; an empty name comes nearest.
        if (options.UserName is not null || options.Password is not null)
            client.Credentials = new MqttClientCredentials(options.UserName ?? "", options.Password is null ? null : Encoding.UTF8.GetBytes(options.Password));
        if (version == MqttProtocolVersion.V500)
        {
            client.SessionExpiryInterval = WholeSeconds(options.SessionExpiry);
            client.ReceiveMaximum = options.ReceiveMaximum;
            client.MaximumPacketSize = (uint)options.MaximumPacketSize;
            client.TopicAliasMaximum = options.TopicAliasMaximum;
        }

        if (options.Will is { } will)
            SetWill(client, will, version);
        return client;
    }

    public static LaneOptions ForLane(BrokerConnectionOptions options) => new()
    {
        MaximumPacketSize = options.MaximumPacketSize,
        ReceiveMaximum = options.ReceiveMaximum,
        TopicAliasMaximum = options.TopicAliasMaximum,
        KeepAlive = options.KeepAlive,
        EndsSession = options.EndSessionOnStop && options.SessionExpiry > TimeSpan.Zero,
        PingTimeout = options.PingTimeout,
    };

    private static void SetWill(MqttClientOptions client, WillMessage will, MqttProtocolVersion version)
    {
        client.WillTopic = will.Topic;
        client.WillPayload = will.Payload.ToArray();
        client.WillQualityOfServiceLevel = (MqttQualityOfServiceLevel)will.QualityOfService;
        client.WillRetain = will.Retain;
        if (version != MqttProtocolVersion.V500)
            return;
        client.WillDelayInterval = WholeSeconds(will.Delay);
        client.WillPayloadFormatIndicator = WireProperties.PayloadFormat(will.Properties);
        client.WillMessageExpiryInterval = WireProperties.ExpirySeconds(will.Properties);
        client.WillContentType = WireProperties.ContentType(will.Properties);
        client.WillResponseTopic = will.Properties.ResponseTopic;
        client.WillCorrelationData = WireProperties.CorrelationData(will.Properties);
        client.WillUserProperties = WireProperties.UserProperties(will.Properties);
    }

    private static uint WholeSeconds(TimeSpan duration) => (uint)Math.Clamp(Math.Ceiling(duration.TotalSeconds), 0, uint.MaxValue);
}
