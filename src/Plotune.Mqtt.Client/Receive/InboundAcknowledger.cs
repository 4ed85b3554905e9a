using System.Buffers.Binary;

namespace Plotune.Mqtt.Client.Receive;

/// <summary>
/// PUBACK, PUBREC and PUBCOMP of one connection. They gather in the order of the packets they answer and leave together when the messages are
/// handed over (MQTT 5.0, 4.6). Belongs to the lane's thread.
/// </summary>
internal sealed class InboundAcknowledger(LaneSession session, ControlWriter writer, bool isVersion5, ushort receiveMaximum)
{
    private static readonly ProtocolViolation ReceiveMaximumExceeded =
        new(ReasonCode.ReceiveMaximumExceeded, "More PUBLISH packets with QoS 1 or 2 are unacknowledged than our Receive Maximum allows [MQTT-3.3.4-9].");

    private const int LargestAcknowledgement = 5;

    private readonly PacketIdentifierSet _countedExactlyOnce = new();
    private byte[] _packets = [];
    private int _length;
    private int _acknowledgements;
    private long _received;
    private long _acknowledged;

    /// <summary>Counts a PUBLISH with QoS 1 or 2 that has come, and checks the Receive Maximum.</summary>
    /// <param name="isNew">False if the message was delivered before and must not be again [MQTT-4.3.3-10].</param>
    public ProtocolViolation? Receive(ushort packetIdentifier, QualityOfService qualityOfService, out bool isNew)
    {
        bool isExactlyOnce = qualityOfService == QualityOfService.ExactlyOnce;
        isNew = false;
        // A QoS 2 message sent again takes no further place in the broker's quota.
        if ((!isExactlyOnce || _countedExactlyOnce.Add(packetIdentifier)) && !TryCount())
            return ReceiveMaximumExceeded;
        isNew = !isExactlyOnce || session.ReceiveExactlyOnce(packetIdentifier);
        return null;
    }

    /// <summary>PUBACK or PUBREC for a PUBLISH that went to the handler, or had gone before.</summary>
    public void Acknowledge(ushort packetIdentifier, QualityOfService qualityOfService)
    {
        bool isAtLeastOnce = qualityOfService == QualityOfService.AtLeastOnce;
        Append(isAtLeastOnce ? PacketType.PubAck : PacketType.PubRec, packetIdentifier);
        if (isAtLeastOnce)
            _acknowledgements++;
    }

    /// <summary>PUBCOMP for a PUBREL, which ends the identifier's use [MQTT-4.3.3-12].</summary>
    public void Complete(ushort packetIdentifier)
    {
        bool isKnown = session.Release(packetIdentifier);
        Append(PacketType.PubComp, packetIdentifier, isKnown || !isVersion5 ? null : ReasonCode.PacketIdentifierNotFound);
        if (_countedExactlyOnce.Remove(packetIdentifier))
            _acknowledgements++;
    }

    /// <summary>Everything delivered so far is handed over: its acknowledgements may leave.</summary>
    public void Release()
    {
        if (_length == 0)
            return;
        writer.Enqueue(_packets.AsSpan(0, _length), _acknowledgements);
        _length = 0;
        _acknowledgements = 0;
    }

    private bool TryCount()
    {
        _received++;
        if (!isVersion5 || _received - _acknowledged <= receiveMaximum)
            return true;
        _acknowledged = writer.Acknowledgements;
        return _received - _acknowledged <= receiveMaximum;
    }

    // Fixed header, Packet Identifier, and in 5.0 a Reason Code unless it is Success (MQTT 5.0, 3.4.2.1).
    private void Append(PacketType type, ushort packetIdentifier, byte? reasonCode = null)
    {
        if (_packets.Length - _length < LargestAcknowledgement)
            Array.Resize(ref _packets, Math.Max(64, 2 * _packets.Length));
        Span<byte> packet = _packets.AsSpan(_length);
        packet[0] = (byte)((int)type << 4);
        packet[1] = (byte)(reasonCode is null ? 2 : 3);
        BinaryPrimitives.WriteUInt16BigEndian(packet[2..], packetIdentifier);
        if (reasonCode is { } code)
            packet[4] = code;
        _length += 2 + packet[1];
    }
}
