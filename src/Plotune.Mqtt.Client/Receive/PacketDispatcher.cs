using System.Runtime.CompilerServices;
using MQTTnet.Adapter;

namespace Plotune.Mqtt.Client.Receive;

/// <summary>
/// Cuts what was read into packets and takes each where it belongs: PUBLISH to the handler, PUBREL, PINGRESP and the answers to what we publish to their owners
/// here, any other to the caller. Nothing here waits.
/// </summary>
internal sealed class PacketDispatcher(
    bool isVersion5,
    LaneOptions options,
    LaneSession session,
    InboundAcknowledger acknowledger,
    KeepAliveMonitor keepAlive,
    IPublishHandler handler,
    IPublishAnswers? answers = null)
{
    private static readonly ProtocolViolation BadRemainingLength =
        ProtocolViolation.Malformed("A Remaining Length is longer than it may be [MQTT-1.5.5-1].");

    private static readonly ProtocolViolation NoConnAck =
        ProtocolViolation.ProtocolError("The broker's first packet is not CONNACK [MQTT-3.2.0-1].");

    private static readonly ProtocolViolation SecondConnAck =
        ProtocolViolation.ProtocolError("The broker sent a second CONNACK [MQTT-3.2.0-2].");

    private static readonly ProtocolViolation SessionAfterCleanStart =
        ProtocolViolation.ProtocolError("CONNACK says Session Present although we asked for a clean session [MQTT-3.2.2-2].");

    private static readonly ProtocolViolation UnaskedClientIdentifier =
        ProtocolViolation.ProtocolError("CONNACK assigns a Client Identifier although we have one (MQTT 5.0, 3.2.2.3.7).");

    private static readonly ProtocolViolation UnaskedAuthentication =
        ProtocolViolation.ProtocolError("The broker sent AUTH, but we have named no Authentication Method [MQTT-4.12.0-6].");

    private readonly PublishReader _publishReader = new(isVersion5, options.TopicAliasMaximum, session);
    private readonly int _maximumPacketSize = options.MaximumPacketSize;
    private bool _isConnected;
    private SkippedPublish _skip;
    private int _headerSize;

    /// <summary>What was violated, after <see cref="DispatchResult.Violation"/>.</summary>
    public ProtocolViolation? Violation { get; private set; }

    /// <summary>Size of the packet at the start of the buffer, within the limit; zero if it cannot be known yet.</summary>
    public int PacketSize { get; private set; }

    /// <summary>Server Keep Alive in seconds, if CONNACK had one.</summary>
    public ushort? ServerKeepAlive { get; private set; }

    /// <summary>PUBLISH packets of this connection larger than the limit, which MQTT 3.1.1 cannot tell the broker; acknowledged, not delivered.</summary>
    public long SkippedPublishes { get; private set; }

    /// <summary>Topic and size in bytes of the first of <see cref="SkippedPublishes"/>.</summary>
    public (string Topic, int Size) FirstSkipped { get; private set; }

    /// <summary>Clean Start (5.0) or Clean Session (3.1.1) of the CONNECT sent.</summary>
    public bool IsCleanStart { get; set; }

    /// <summary>Whether the CONNECT sent had a Client Identifier.</summary>
    public bool HasClientIdentifier { get; set; }

    /// <summary>PUBLISH packets since this was last set to zero.</summary>
    public long Publishes { get; set; }

    /// <summary>Whether one of <see cref="Publishes"/> is to be acknowledged.</summary>
    public bool HasAcknowledged { get; set; }

    /// <summary>How much later than its predecessor a byte of the newest read has come; zero if all came just now. To be set after every read.</summary>
    public double MicrosPerByte { get; set; }

    /// <summary>Consumes packets until there is a reason to return.</summary>
    public DispatchResult Dispatch(ReceiveBuffer buffer)
    {
        if (_skip.IsActive && !Skip(buffer))
            return DispatchResult.NeedsBytes;
        long publishes = 0;
        DispatchResult? result;
        do
            result = DispatchNext(buffer, ref publishes);
        while (result is null);
        if (publishes > 0)
        {
            session.CountPublishes(publishes);
            Publishes += publishes;
        }
        return result.Value;
    }

    /// <summary>Consumes and returns a copy of the packet that <see cref="DispatchResult.Packet"/> announced.</summary>
    public ReceivedMqttPacket TakePacket(ReceiveBuffer buffer)
    {
        ReadOnlySpan<byte> packet = buffer.Array.AsSpan(buffer.Start, PacketSize);
        buffer.Consume(PacketSize);
        return new ReceivedMqttPacket(packet[0], packet[_headerSize..].ToArray(), PacketSize);
    }

    private DispatchResult? DispatchNext(ReceiveBuffer buffer, ref long publishes)
    {
        PacketSize = 0;
        if (buffer.Length < 2)
            return DispatchResult.NeedsBytes;
        byte[] bytes = buffer.Array;
        int start = buffer.Start;
        byte firstByte = bytes[start];
        int remainingLength = bytes[start + 1];
        int headerSize = 2;
        if (remainingLength >= 0x80)
        {
            int size = VariableByteInteger.Read(bytes.AsSpan(start + 1, buffer.Length - 1), out remainingLength);
            if (size == 0)
                return DispatchResult.NeedsBytes;
            if (size < 0 || isVersion5 && VariableByteInteger.IsPadded(remainingLength, size))
                return Fail(BadRemainingLength);
            headerSize = 1 + size;
        }

        int packetSize = headerSize + remainingLength;
        bool isPublish = firstByte >> 4 == (int)PacketType.Publish;
        if (!isPublish && ControlPacketValidator.CheckFirstByte(firstByte, isVersion5) is { } unexpected)
            return Fail(unexpected);
        if (packetSize > _maximumPacketSize)
            return isPublish && !isVersion5 && _isConnected ? BeginSkip(buffer, headerSize, remainingLength) : Fail(TooLarge(packetSize));
        PacketSize = packetSize;
        if (packetSize > buffer.Length)
            return DispatchResult.NeedsBytes;
        if (!isPublish)
        {
            _headerSize = headerSize;
            return DispatchControlPacket(buffer, (PacketType)(firstByte >> 4), bytes.AsSpan(start + headerSize, remainingLength));
        }

        if (!_isConnected)
            return Fail(NoConnAck);
        if (_publishReader.Read(firstByte, bytes, start + headerSize, remainingLength, out InboundPublish publish) is { } violation)
            return Fail(violation);
        buffer.Consume(packetSize);
        publishes++;
        if (MicrosPerByte > 0)
            SetAge(ref publish, buffer.Length);
        return (firstByte & 0b0110) == 0 ? Deliver(in publish) : DeliverAcknowledged(in publish);
    }

    // What follows the message in the buffer is all of the same read, and came after it. Not inlined, since a stream at full speed makes no pauses.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void SetAge(ref InboundPublish publish, int bytesBehind) => publish = publish with { AgeMicros = (int)(MicrosPerByte * bytesBehind) };

    private DispatchResult? Deliver(in InboundPublish publish)
    {
        session.Deliver();
        return handler.OnPublish(in publish) ? null : DispatchResult.BatchIsFull;
    }

    private DispatchResult? DeliverAcknowledged(in InboundPublish publish)
    {
        if (acknowledger.Receive(publish.PacketIdentifier, publish.QualityOfService, out bool isNew) is { } violation)
            return Fail(violation);
        HasAcknowledged = true;
        DispatchResult? result = isNew ? Deliver(in publish) : null;
        acknowledger.Acknowledge(publish.PacketIdentifier, publish.QualityOfService);
        return result;
    }

    // MQTT 3.1.1 has no word for how much we take, so a broker that sends more breaks no rule, and would do so again after a reconnect. Reads no more
    // of the packet than tells how to acknowledge it.
    private DispatchResult? BeginSkip(ReceiveBuffer buffer, int headerSize, int remainingLength)
    {
        byte firstByte = buffer.Array[buffer.Start];
        int needed = Math.Min(remainingLength, PublishReader.LargestHeader4);
        if (buffer.Length < headerSize + 2)
            return DispatchResult.NeedsBytes;
        int topicLength = buffer.Array[buffer.Start + headerSize] << 8 | buffer.Array[buffer.Start + headerSize + 1];
        needed = Math.Min(needed, 2 + topicLength + ((firstByte & 0b0110) == 0 ? 0 : 2));
        PacketSize = headerSize + needed;
        if (buffer.Length < PacketSize)
            return DispatchResult.NeedsBytes;
        if (_publishReader.Read(firstByte, buffer.Array, buffer.Start + headerSize, needed, out InboundPublish publish) is { } violation)
            return Fail(violation);
        _skip = new SkippedPublish(headerSize + remainingLength, publish.PacketIdentifier, publish.QualityOfService);
        if (SkippedPublishes++ == 0)
            FirstSkipped = (System.Text.Encoding.UTF8.GetString(publish.Topic), headerSize + remainingLength);
        session.CountPublishes(1);
        session.CountTooLarge();
        PacketSize = 0;
        return Skip(buffer) ? null : DispatchResult.NeedsBytes;
    }

    /// <returns>True once the whole packet is behind us.</returns>
    private bool Skip(ReceiveBuffer buffer)
    {
        int count = (int)Math.Min(buffer.Length, _skip.BytesLeft);
        buffer.Consume(count);
        _skip = _skip with { BytesLeft = _skip.BytesLeft - count };
        if (_skip.IsActive)
            return false;
        if (_skip.QualityOfService != QualityOfService.AtMostOnce)
        {
            // 3.1.1 has no Receive Maximum to exceed.
            _ = acknowledger.Receive(_skip.PacketIdentifier, _skip.QualityOfService, out _);
            acknowledger.Acknowledge(_skip.PacketIdentifier, _skip.QualityOfService);
        }
        return true;
    }

    private DispatchResult? DispatchControlPacket(ReceiveBuffer buffer, PacketType type, ReadOnlySpan<byte> body)
    {
        if (!_isConnected && type is not (PacketType.ConnAck or PacketType.Auth))
            return Fail(NoConnAck);
        if (_isConnected && type == PacketType.ConnAck)
            return Fail(SecondConnAck);
        if (ControlPacketValidator.CheckBody(type, body, isVersion5, out PropertySet properties) is { } violation)
            return Fail(violation);
        if (type == PacketType.Auth)
            return Fail(UnaskedAuthentication);
        switch (type)
        {
            case PacketType.PubRel:
                acknowledger.Complete((ushort)(body[0] << 8 | body[1]));
                break;
            case PacketType.PingResp:
                keepAlive.PingAnswered();
                break;
            case PacketType.PubAck or PacketType.PubRec or PacketType.PubComp when answers is not null:
                if (answers.Answered(type, body) is { } breach)
                    return Fail(breach);
                break;
            case PacketType.ConnAck:
                return Connect(body, in properties) is { } unexpected ? Fail(unexpected) : DispatchResult.Packet;
            default:
                return DispatchResult.Packet;
        }
        buffer.Consume(PacketSize);
        return null;
    }

    private ProtocolViolation? Connect(ReadOnlySpan<byte> connAck, ref readonly PropertySet properties)
    {
        bool isAccepted = connAck[1] == 0;
        bool isSessionPresent = (connAck[0] & 1) != 0;
        if (isSessionPresent && IsCleanStart)
            return SessionAfterCleanStart;
        if (HasClientIdentifier && properties.Holds(PropertyIdentifier.AssignedClientIdentifier))
            return UnaskedClientIdentifier;
        _isConnected = true;
        ServerKeepAlive = properties.ServerKeepAlive;
        // Before any PUBLISH of this connection, which may follow in the same block.
        if (isAccepted && !isSessionPresent)
            session.Reset();
        else if (isAccepted)
            session.ExpectIdentifiers();
        return null;
    }

    private ProtocolViolation TooLarge(int packetSize) => new(
        ReasonCode.PacketTooLarge, $"A packet of {packetSize} bytes is larger than the Maximum Packet Size of {_maximumPacketSize} bytes [MQTT-3.1.2-24].");

    private DispatchResult Fail(ProtocolViolation violation)
    {
        Violation = violation;
        return DispatchResult.Violation;
    }
}
