namespace Plotune.Mqtt.Client.Receive;

/// <summary>A row of table 2-4 of MQTT 5.0, as far as it concerns packets a server sends.</summary>
/// <param name="Type">Data type of the value.</param>
/// <param name="Packets">Packets the property may appear in when a server sends them: bit n stands for <see cref="PacketType"/> n. None for what only clients send.</param>
internal readonly record struct PropertyDefinition(PropertyType Type, int Packets)
{
    private const int ConnAck = 1 << (int)PacketType.ConnAck;
    private const int Publish = 1 << (int)PacketType.Publish;
    private const int Disconnect = 1 << (int)PacketType.Disconnect;
    private const int Auth = 1 << (int)PacketType.Auth;

    private const int Acknowledgements = 1 << (int)PacketType.PubAck | 1 << (int)PacketType.PubRec | 1 << (int)PacketType.PubRel
        | 1 << (int)PacketType.PubComp | 1 << (int)PacketType.SubAck | 1 << (int)PacketType.UnsubAck;

    public bool IsAllowedIn(PacketType packet) => (Packets & 1 << (int)packet) != 0;

    /// <summary>Looks a property up; an unknown identifier has <see cref="PropertyType.Unknown"/> and is allowed nowhere.</summary>
    public static PropertyDefinition Of(PropertyIdentifier identifier) => identifier switch
    {
        PropertyIdentifier.PayloadFormatIndicator => new(PropertyType.Byte, Publish),
        PropertyIdentifier.MessageExpiryInterval => new(PropertyType.FourByteInteger, Publish),
        PropertyIdentifier.ContentType => new(PropertyType.Utf8String, Publish),
        PropertyIdentifier.ResponseTopic => new(PropertyType.Utf8String, Publish),
        PropertyIdentifier.CorrelationData => new(PropertyType.BinaryData, Publish),
        PropertyIdentifier.SubscriptionIdentifier => new(PropertyType.VariableByteInteger, Publish),
        PropertyIdentifier.SessionExpiryInterval => new(PropertyType.FourByteInteger, ConnAck),
        PropertyIdentifier.AssignedClientIdentifier => new(PropertyType.Utf8String, ConnAck),
        PropertyIdentifier.ServerKeepAlive => new(PropertyType.TwoByteInteger, ConnAck),
        PropertyIdentifier.AuthenticationMethod => new(PropertyType.Utf8String, ConnAck | Auth),
        PropertyIdentifier.AuthenticationData => new(PropertyType.BinaryData, ConnAck | Auth),
        PropertyIdentifier.RequestProblemInformation or PropertyIdentifier.RequestResponseInformation => new(PropertyType.Byte, 0),
        PropertyIdentifier.WillDelayInterval => new(PropertyType.FourByteInteger, 0),
        PropertyIdentifier.ResponseInformation => new(PropertyType.Utf8String, ConnAck),
        PropertyIdentifier.ServerReference => new(PropertyType.Utf8String, ConnAck | Disconnect),
        PropertyIdentifier.ReasonString => new(PropertyType.Utf8String, ConnAck | Acknowledgements | Disconnect | Auth),
        PropertyIdentifier.ReceiveMaximum => new(PropertyType.TwoByteInteger, ConnAck),
        PropertyIdentifier.TopicAliasMaximum => new(PropertyType.TwoByteInteger, ConnAck),
        PropertyIdentifier.TopicAlias => new(PropertyType.TwoByteInteger, Publish),
        PropertyIdentifier.MaximumQoS => new(PropertyType.Byte, ConnAck),
        PropertyIdentifier.RetainAvailable => new(PropertyType.Byte, ConnAck),
        PropertyIdentifier.UserProperty => new(PropertyType.Utf8StringPair, ConnAck | Publish | Acknowledgements | Disconnect | Auth),
        PropertyIdentifier.MaximumPacketSize => new(PropertyType.FourByteInteger, ConnAck),
        PropertyIdentifier.WildcardSubscriptionAvailable => new(PropertyType.Byte, ConnAck),
        PropertyIdentifier.SubscriptionIdentifiersAvailable => new(PropertyType.Byte, ConnAck),
        PropertyIdentifier.SharedSubscriptionAvailable => new(PropertyType.Byte, ConnAck),
        _ => default,
    };
}
