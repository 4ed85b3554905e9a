namespace Plotune.Mqtt.Client.Receive;

/// <summary>
/// What outlives a network connection as long as the MQTT session lives: the Packet Identifiers of QoS 2 messages received and not yet released
/// (MQTT 5.0, 4.1). Only one <see cref="ReceiveLaneAdapter"/> at a time may use it.
/// </summary>
internal sealed class LaneSession
{
    private readonly PacketIdentifierSet _unreleased = new();
    private ushort[] _notHandedOver = [];
    private int _notHandedOverLength;
    private long _publishesReceived;
    private long _bytesReceived;
    private long _tooLarge;
    private volatile bool _mayHoldIdentifiers;

    /// <summary>PUBLISH packets received over all connections, those not delivered a second time included; any thread.</summary>
    public long PublishesReceived => Interlocked.Read(ref _publishesReceived);

    /// <summary>PUBLISH packets over all connections that were larger than the limit and therefore acknowledged without delivery; any thread.</summary>
    public long PublishesTooLarge => Interlocked.Read(ref _tooLarge);

    /// <summary>Bytes read over all connections; any thread.</summary>
    public long BytesReceived => Interlocked.Read(ref _bytesReceived);

    /// <summary>True while the handler has messages that it has not handed over, perhaps from a connection that is gone.</summary>
    public bool AwaitsHandOver { get; private set; }

    /// <summary>
    /// Whether a subscription of the session may have a Subscription Identifier: one of ours has, or the session was there before this connection, and nobody
    /// knows who else has used it. Any thread.
    /// </summary>
    public bool MayHoldIdentifiers => _mayHoldIdentifiers;

    /// <summary>A subscription with a Subscription Identifier is about to be asked for, or may be there.</summary>
    public void ExpectIdentifiers() => _mayHoldIdentifiers = true;

    /// <summary>
    /// Forgets the session's state, not the counters. The adapter calls it itself when CONNACK says that the server has no session [MQTT-3.2.2-5].
    /// </summary>
    public void Reset()
    {
        _unreleased.Clear();
        _notHandedOverLength = 0;
        _mayHoldIdentifiers = false;
    }

    /// <summary>A QoS 2 message has come.</summary>
    /// <returns>False if it was delivered before and must not be again [MQTT-4.3.3-10].</returns>
    public bool ReceiveExactlyOnce(ushort packetIdentifier)
    {
        if (!_unreleased.Add(packetIdentifier))
            return false;
        if (_notHandedOverLength == _notHandedOver.Length)
            Array.Resize(ref _notHandedOver, Math.Max(64, 2 * _notHandedOver.Length));
        _notHandedOver[_notHandedOverLength++] = packetIdentifier;
        return true;
    }

    /// <summary>PUBREL has come.</summary>
    /// <returns>False if the identifier is unknown.</returns>
    public bool Release(ushort packetIdentifier) => _unreleased.Remove(packetIdentifier);

    /// <summary>A message goes to the handler.</summary>
    public void Deliver() => AwaitsHandOver = true;

    /// <summary>The handler has handed over everything.</summary>
    public void HandedOver()
    {
        AwaitsHandOver = false;
        _notHandedOverLength = 0;
    }

    /// <summary>The handler has failed: what it had not handed over counts as never delivered, so that the broker's next attempt is taken.</summary>
    public void Withdraw()
    {
        foreach (ushort packetIdentifier in _notHandedOver.AsSpan(0, _notHandedOverLength))
            _unreleased.Remove(packetIdentifier);
        HandedOver();
    }

    public void CountPublishes(long count) => Interlocked.Add(ref _publishesReceived, count);

    public void CountTooLarge() => Interlocked.Increment(ref _tooLarge);

    public void CountBytes(long count) => Interlocked.Add(ref _bytesReceived, count);
}
