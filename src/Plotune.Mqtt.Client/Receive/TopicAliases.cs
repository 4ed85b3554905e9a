namespace Plotune.Mqtt.Client.Receive;

/// <summary>
/// The topic aliases a broker has set on one connection (MQTT 5.0, 3.3.2.3.4): at most Topic Alias Maximum topics of at most 65,535 bytes.
/// </summary>
internal sealed class TopicAliases(ushort maximum)
{
    private static readonly ProtocolViolation TooLarge =
        new(ReasonCode.TopicAliasInvalid, "A Topic Alias is larger than the Topic Alias Maximum we sent [MQTT-3.1.2-26].");

    private static readonly ProtocolViolation NotSet =
        ProtocolViolation.ProtocolError("A PUBLISH uses a Topic Alias that was never set on this connection (MQTT 5.0, 3.3.2.3.4).");

    private byte[]?[] _topics = [];

    /// <summary>Remembers what <paramref name="alias"/> stands for.</summary>
    public ProtocolViolation? Set(ushort alias, ReadOnlySpan<byte> topic)
    {
        if (alias > maximum)
            return TooLarge;
        if (alias >= _topics.Length)
            Array.Resize(ref _topics, Math.Min(maximum + 1, Math.Max(alias + 1, 2 * _topics.Length)));
        // A topic that changes gets an array of its own: messages not yet handed over may still point to the old one.
        if (_topics[alias] is not { } known || !topic.SequenceEqual(known))
            _topics[alias] = topic.ToArray();
        return null;
    }

    /// <summary>Finds the topic <paramref name="alias"/> stands for.</summary>
    public ProtocolViolation? Resolve(ushort alias, out ArraySegment<byte> topic)
    {
        topic = default;
        if (alias > maximum)
            return TooLarge;
        if (alias >= _topics.Length || _topics[alias] is not { } known)
            return NotSet;
        topic = known;
        return null;
    }
}
