using System.Collections.Frozen;
using static Plotune.Mqtt.Client.Session.ReasonClass;

namespace Plotune.Mqtt.Client.Session;

/// <summary>Every reason code a broker can send us, by packet (MQTT 5.0, 2.4; MQTT 3.1.1, 3.2.2.3 and 3.9.3).</summary>
internal static class ReasonCodes
{
    public const byte UnsupportedProtocolVersion = 0x84;
    public const byte MalformedPacket = 0x81;
    public const byte ProtocolError = 0x82;
    public const byte PacketIdentifierInUse = 0x91;
    public const byte QuotaExceeded = 0x97;
    public const byte UseAnotherServer = 0x9C;
    public const byte ServerMoved = 0x9D;

    /// <summary>The lowest code that says no.</summary>
    public const byte FirstFailure = 0x80;

    private const string NotAuthorizedSentence = "The broker does not allow this to the user. Check its access rules, or use another user.";
    private const string IdentifierInUseSentence = "The broker still holds an earlier exchange under this packet identifier.";
    private const string UnspecifiedSentence = "The broker refused without saying why. Its log may tell more.";
    private const string ImplementationSentence = "The broker does not accept this, by a rule of its own. Its log may tell more.";

    private static readonly FrozenDictionary<byte, ReasonCode> ConnAck311Codes = Table(
        new(0, "Success", "", Success),
        new(1, "UnsupportedProtocolVersion", "The broker does not speak MQTT 3.1.1. Choose another protocol version.", Final),
        new(2, "ClientIdentifierNotValid", "The broker does not accept the client identifier. Choose another one.", Final),
        new(3, "ServerUnavailable", "The broker is reachable, but its MQTT service is not available at the moment.", Retry),
        new(4, "BadUserNameOrPassword", "The broker does not accept the user name or the password. Check both.", Final),
        new(5, "NotAuthorized", "The broker does not let this client connect. Check the user name, the password and the broker's access rules.", Final));

    private static readonly FrozenDictionary<byte, ReasonCode> ConnAckCodes = Table(
        new(0x00, "Success", "", Success),
        new(0x80, "UnspecifiedError", "The broker refused the connection without saying why. Its log may tell more.", Retry),
        new(0x81, "MalformedPacket", "The broker could not read our CONNECT packet. Check that the port speaks MQTT, or choose another protocol version.", Final),
        new(0x82, "ProtocolError", "The broker says that our CONNECT packet breaks the protocol. Choose another protocol version.", Final),
        new(0x83, "ImplementationSpecificError", "The broker does not accept this connection, by a rule of its own. Its log may tell more.", Retry),
        new(0x84, "UnsupportedProtocolVersion", "The broker does not speak MQTT 5.0. Choose 3.1.1 or the automatic choice.", Final),
        new(0x85, "ClientIdentifierNotValid", "The broker does not accept the client identifier. Choose another one.", Final),
        new(0x86, "BadUserNameOrPassword", "The broker does not accept the user name or the password. Check both.", Final),
        new(0x87, "NotAuthorized", "The broker does not let this client connect. Check the user name, the password and the broker's access rules.", Final),
        new(0x88, "ServerUnavailable", "The broker is reachable, but its MQTT service is not available at the moment.", Retry),
        new(0x89, "ServerBusy", "The broker is busy and asks to come back later.", Retry),
        // Brokers ban for a while after too many connects in a short time; a ban that lasts costs one attempt a minute.
        new(0x8A, "Banned", "The broker has banned this client. Its administrator can lift the ban.", RetrySlowly),
        new(0x8C, "BadAuthenticationMethod", "The broker wants another authentication method than user name and password.", Final),
        new(0x90, "TopicNameInvalid", "The broker does not accept the topic of the Will message.", Final),
        new(0x95, "PacketTooLarge", "Our CONNECT packet is larger than the broker accepts. Shorten the Will message.", Final),
        new(0x97, "QuotaExceeded", "The broker has reached a limit, such as its number of connections.", Retry),
        new(0x99, "PayloadFormatInvalid", "The broker does not accept the payload of the Will message.", Final),
        new(0x9A, "RetainNotSupported", "The broker does not support retained messages, but the Will message is one.", Final),
        new(0x9B, "QoSNotSupported", "The broker does not support the QoS of the Will message.", Final),
        // Temporary by definition (MQTT 5.0, 4.11): a broker that takes us again must be found, without pressing it.
        new(UseAnotherServer, "UseAnotherServer", "The broker asks to use another one for now. It is asked again from time to time.", RetrySlowly),
        new(ServerMoved, "ServerMoved", "The broker has moved. Enter its new address.", Final),
        new(0x9F, "ConnectionRateExceeded", "The broker accepts no more connections for the moment.", Retry));

    private static readonly FrozenDictionary<byte, ReasonCode> DisconnectCodes = Table(
        new(0x00, "NormalDisconnection", "The broker closed the connection.", Retry),
        new(0x80, "UnspecifiedError", "The broker closed the connection without saying why. Its log may tell more.", Retry),
        new(0x81, "MalformedPacket", "The broker could not read a packet of ours. Choose another protocol version; the broker's log may tell more.", Final),
        new(0x82, "ProtocolError", "The broker says that a packet of ours breaks the protocol. Choose another protocol version; the broker's log may tell more.", Final),
        new(0x83, "ImplementationSpecificError", "The broker closed the connection by a rule of its own. Its log may tell more.", Retry),
        new(0x87, "NotAuthorized", "The broker does not allow this client what it did. Check the broker's access rules.", Final),
        new(0x89, "ServerBusy", "The broker is busy and asks to come back later.", Retry),
        new(0x8B, "ServerShuttingDown", "The broker is shutting down.", Retry),
        new(0x8C, "BadAuthenticationMethod", "The broker wants another authentication method than user name and password.", Final),
        new(0x8D, "KeepAliveTimeout", "The broker heard nothing from us for one and a half times the Keep Alive.", Retry),
        new(0x8E, "SessionTakenOver", "Another client connected with our client identifier. Give every client one of its own.", RetrySlowly),
        new(0x8F, "TopicFilterInvalid", "The broker does not accept one of the topic filters.", Final),
        new(0x90, "TopicNameInvalid", "The broker does not accept the topic of a message we published.", Retry),
        new(0x93, "ReceiveMaximumExceeded", "The broker counts more unacknowledged messages of ours than it allows.", Retry),
        new(0x94, "TopicAliasInvalid", "The broker does not accept a topic alias of ours.", Retry),
        new(0x95, "PacketTooLarge", "A packet of ours was larger than the broker accepts.", Retry),
        new(0x96, "MessageRateTooHigh", "We publish faster than the broker allows.", Retry),
        new(0x97, "QuotaExceeded", "The broker has reached a limit set for this client.", Retry),
        new(0x98, "AdministrativeAction", "An administrator closed the connection at the broker.", Retry),
        new(0x99, "PayloadFormatInvalid", "The broker does not accept the payload of a message we published.", Retry),
        new(0x9A, "RetainNotSupported", "The broker does not support retained messages, but we published one.", Retry),
        new(0x9B, "QoSNotSupported", "The broker does not support the QoS of a message we published.", Retry),
        new(UseAnotherServer, "UseAnotherServer", "The broker asks to use another one for now. It is asked again from time to time.", RetrySlowly),
        new(ServerMoved, "ServerMoved", "The broker has moved. Enter its new address.", Final),
        new(0x9E, "SharedSubscriptionsNotSupported", "The broker does not support shared subscriptions. Use filters without $share.", Final),
        new(0x9F, "ConnectionRateExceeded", "The broker accepts no more connections for the moment.", Retry),
        new(0xA0, "MaximumConnectTime", "The longest time the broker allows a connection to last is over.", Retry),
        new(0xA1, "SubscriptionIdentifiersNotSupported", "The broker does not support subscription identifiers.", Final),
        new(0xA2, "WildcardSubscriptionsNotSupported", "The broker does not support wildcards in topic filters. List the topics one by one.", Final));

    private static readonly FrozenDictionary<byte, ReasonCode> SubAckCodes = Table(
        new(0x00, "GrantedQoS0", "", Success),
        new(0x01, "GrantedQoS1", "", Success),
        new(0x02, "GrantedQoS2", "", Success),
        new(0x80, "UnspecifiedError", "The broker refused this filter without saying why. Check its access rules.", Final),
        new(0x83, "ImplementationSpecificError", ImplementationSentence, Final),
        new(0x87, "NotAuthorized", "The broker does not allow the user to subscribe to this filter. Check its access rules.", Final),
        new(0x8F, "TopicFilterInvalid", "The broker does not accept this filter.", Final),
        new(PacketIdentifierInUse, "PacketIdentifierInUse", IdentifierInUseSentence, Retry),
        new(QuotaExceeded, "QuotaExceeded", "The broker has reached the limit of subscriptions for this client.", Retry),
        new(0x9E, "SharedSubscriptionsNotSupported", "The broker does not support shared subscriptions. Use a filter without $share.", Final),
        new(0xA1, "SubscriptionIdentifiersNotSupported", "The broker does not support subscription identifiers.", Final),
        new(0xA2, "WildcardSubscriptionsNotSupported", "The broker does not support wildcards in topic filters. List the topics one by one.", Final));

    private static readonly FrozenDictionary<byte, ReasonCode> UnsubAckCodes = Table(
        new(0x00, "Success", "", Success),
        new(0x11, "NoSubscriptionExisted", "", Success),
        new(0x80, "UnspecifiedError", UnspecifiedSentence, Final),
        new(0x83, "ImplementationSpecificError", ImplementationSentence, Final),
        new(0x87, "NotAuthorized", NotAuthorizedSentence, Final),
        new(0x8F, "TopicFilterInvalid", "The broker does not accept this filter.", Final),
        new(PacketIdentifierInUse, "PacketIdentifierInUse", IdentifierInUseSentence, Retry));

    private static readonly FrozenDictionary<byte, ReasonCode> PublishCodes = Table(
        new(0x00, "Success", "", Success),
        new(0x10, "NoMatchingSubscribers", "", Success),
        new(0x80, "UnspecifiedError", "The broker refused the message without saying why. Its log may tell more.", Final),
        new(0x83, "ImplementationSpecificError", ImplementationSentence, Final),
        new(0x87, "NotAuthorized", "The broker does not allow the user to publish to this topic. Check its access rules.", Final),
        new(0x90, "TopicNameInvalid", "The broker does not accept this topic.", Final),
        new(PacketIdentifierInUse, "PacketIdentifierInUse", IdentifierInUseSentence, Retry),
        new(QuotaExceeded, "QuotaExceeded", "The broker has no room for this message, or this client has used up what it may send.", Final),
        new(0x99, "PayloadFormatInvalid", "The broker does not accept this payload.", Final));

    private static readonly FrozenDictionary<byte, ReasonCode> ReleaseCodes = Table(
        new(0x00, "Success", "", Success),
        // The other side has released it before: an exchange that is complete, as after a reconnect.
        new(0x92, "PacketIdentifierNotFound", "", Success));

    /// <summary>Every code by which a broker refuses or ends a connection.</summary>
    public static IEnumerable<ReasonCode> OfConnections =>
        ConnAck311Codes.Values.Concat(ConnAckCodes.Values).Where(static code => code.Class != Success).Concat(DisconnectCodes.Values);

    /// <summary>Return codes of a 3.1.1 CONNACK.</summary>
    public static ReasonCode ConnAck311(byte code) => Find(ConnAck311Codes, code);

    /// <summary>Reason codes of a 5.0 CONNACK. A broker that speaks only 3.1.1 answers in its own format, return codes 1 to 5.</summary>
    public static ReasonCode ConnAck(byte code) => code is > 0 and < FirstFailure ? ConnAck311(code) : Find(ConnAckCodes, code);

    public static ReasonCode Disconnect(byte code) => Find(DisconnectCodes, code);

    public static ReasonCode SubAck(byte code) => Find(SubAckCodes, code);

    public static ReasonCode UnsubAck(byte code) => Find(UnsubAckCodes, code);

    /// <summary>PUBACK and PUBREC.</summary>
    public static ReasonCode Publish(byte code) => Find(PublishCodes, code);

    /// <summary>PUBREL and PUBCOMP.</summary>
    public static ReasonCode Release(byte code) => Find(ReleaseCodes, code);

    /// <summary>Whether a DISCONNECT with this code may be the answer to a PUBLISH.</summary>
    public static bool MayBeOfAMessage(byte code) =>
        code is (>= FirstFailure and <= 0x83) or 0x87 or 0x90 or (>= 0x93 and <= QuotaExceeded) or (>= 0x99 and <= 0x9B);

    private static FrozenDictionary<byte, ReasonCode> Table(params ReasonCode[] codes) => codes.ToFrozenDictionary(code => code.Code);

    private static ReasonCode Find(FrozenDictionary<byte, ReasonCode> table, byte code) =>
        table.TryGetValue(code, out var known)
            ? known
            : new ReasonCode(code, $"ReasonCode0x{code:X2}", $"The broker answered with the reason code 0x{code:X2}, which the specification does not define here.", Retry);
}
