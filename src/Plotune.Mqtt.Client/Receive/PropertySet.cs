namespace Plotune.Mqtt.Client.Receive;

/// <summary>
/// Checks the properties of any packet a server sends: identifiers allowed there, none twice, values within their rules (MQTT 5.0, 2.2.2).
/// Keeps what the lane itself needs to know of them.
/// </summary>
internal struct PropertySet
{
    // Read whole and then found out of place, which is what 1.2 calls a Protocol Error; 2.2.2.2 names 0x81, and 4.13.1 leaves a client the choice of the two.
    private static readonly ProtocolViolation NotAllowed =
        ProtocolViolation.ProtocolError("A packet holds a property that is not allowed in it (MQTT 5.0, 2.2.2.2).");

    private static readonly ProtocolViolation Twice =
        ProtocolViolation.ProtocolError("A packet holds a property twice that may appear once (MQTT 5.0, 2.2.2.2).");

    private static readonly ProtocolViolation UnaskedIdentifiers =
        ProtocolViolation.ProtocolError("A PUBLISH holds several Subscription Identifiers, but no subscription of this session has one (MQTT 5.0, 3.3.4).");

    private static readonly ProtocolViolation BadFlag =
        ProtocolViolation.ProtocolError("A property that may be 0 or 1 has another value (MQTT 5.0, 2.2.2.2).");

    private static readonly ProtocolViolation Zero =
        ProtocolViolation.ProtocolError("A property is 0 that must not be (MQTT 5.0, 2.2.2.2).");

    private static readonly ProtocolViolation ZeroAlias =
        new(ReasonCode.TopicAliasInvalid, "A Topic Alias is 0 [MQTT-3.3.2-8].");

    private static readonly ProtocolViolation ResponseTopicWildcard =
        ProtocolViolation.ProtocolError("A Response Topic holds a wildcard character [MQTT-3.3.2-14].");

    private static readonly ProtocolViolation EmptyResponseTopic =
        ProtocolViolation.ProtocolError("A Response Topic is empty [MQTT-4.7.3-1].");

    private static readonly ProtocolViolation ServerSessionExpiry =
        ProtocolViolation.ProtocolError("DISCONNECT from a server holds a Session Expiry Interval [MQTT-3.14.2-2].");

    private ulong _seen;

    /// <summary>Topic Alias; zero if there is none.</summary>
    public ushort TopicAlias { get; private set; }

    /// <summary>Server Keep Alive in seconds; null if there is none.</summary>
    public ushort? ServerKeepAlive { get; private set; }

    public readonly bool Holds(PropertyIdentifier identifier) => (_seen & 1ul << (int)identifier) != 0;

    /// <summary>Checks a property set without its length field.</summary>
    /// <param name="mayRepeatIdentifier">
    /// Whether a PUBLISH may hold several Subscription Identifiers, as it does if it matches several subscriptions that have one (MQTT 5.0, 3.3.4). If none of
    /// the session has, they are inconsistent with the client's state, and so a Protocol Error (1.2).
    /// </param>
    public ProtocolViolation? Check(ReadOnlySpan<byte> properties, PacketType packet, bool mayRepeatIdentifier = false)
    {
        var reader = new PropertyReader(properties);
        while (!reader.AtEnd)
        {
            if (reader.Read(out PropertyDefinition definition) is { } unreadable)
                return unreadable;
            if (!definition.IsAllowedIn(packet))
                return packet == PacketType.Disconnect && reader.Identifier == PropertyIdentifier.SessionExpiryInterval ? ServerSessionExpiry : NotAllowed;
            if (CheckRepetition(reader.Identifier, mayRepeatIdentifier) is { } repeated)
                return repeated;
            if (CheckValue(in reader, definition.Type) is { } wrong)
                return wrong;
        }
        return null;
    }

    /// <summary>Reads the length field in front of a property set and checks that it fits.</summary>
    /// <returns>Size of the length field itself; -1 if it or the properties reach beyond <paramref name="source"/>, or it is padded.</returns>
    public static int ReadLength(ReadOnlySpan<byte> source, out int length)
    {
        int size = VariableByteInteger.Read(source, out length);
        return size > 0 && length <= source.Length - size && !VariableByteInteger.IsPadded(length, size) ? size : -1;
    }

    private ProtocolViolation? CheckRepetition(PropertyIdentifier identifier, bool mayRepeatIdentifier)
    {
        if (identifier == PropertyIdentifier.UserProperty)
            return null;
        if (Holds(identifier))
            return identifier == PropertyIdentifier.SubscriptionIdentifier ? (mayRepeatIdentifier ? null : UnaskedIdentifiers) : Twice;
        _seen |= 1ul << (int)identifier;
        return null;
    }

    private ProtocolViolation? CheckValue(ref readonly PropertyReader property, PropertyType type)
    {
        switch (property.Identifier)
        {
            case PropertyIdentifier.TopicAlias:
                TopicAlias = (ushort)property.Number;
                return property.Number == 0 ? ZeroAlias : null;
            case PropertyIdentifier.ServerKeepAlive:
                ServerKeepAlive = (ushort)property.Number;
                return null;
            case PropertyIdentifier.SubscriptionIdentifier or PropertyIdentifier.ReceiveMaximum or PropertyIdentifier.MaximumPacketSize:
                return property.Number == 0 ? Zero : null;
            case PropertyIdentifier.ResponseTopic:
                return property.Value.IsEmpty ? EmptyResponseTopic : Utf8Text.CheckTopicName(property.Value, ResponseTopicWildcard);
            default:
                return CheckType(in property, type);
        }
    }

    private static ProtocolViolation? CheckType(ref readonly PropertyReader property, PropertyType type) => type switch
    {
        PropertyType.Byte => property.Number > 1 ? BadFlag : null,
        PropertyType.Utf8String => Utf8Text.Check(property.Value),
        PropertyType.Utf8StringPair => Utf8Text.Check(property.Name) ?? Utf8Text.Check(property.Value),
        _ => null,
    };
}
