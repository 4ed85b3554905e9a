using MQTTnet.Packets;
using MQTTnet.Protocol;

namespace Plotune.Mqtt.Client.Session;

/// <summary>
/// The packet identifiers our own packets hold, and which packet of the broker frees them (MQTT 5.0, 2.2.1 and 4.3). MQTTnet starts to count anew with
/// every connection; in a session that goes on, the broker may still hold a QoS 2 message under the same identifier, and would take a new one for its
/// repetition. So what was not completed is released first. Any thread.
/// </summary>
internal sealed class OutboundExchanges
{
    private readonly Lock _lock = new();
    private readonly Dictionary<ushort, (MqttControlPacketType Answer, int Codes)> _awaited = [];
    private readonly HashSet<ushort> _recovering = [];

    /// <summary>CONNACK has accepted us: forgets what the last connection left, except for QoS 2 in a session that goes on.</summary>
    /// <returns>The identifiers to release with PUBREL before anything is published.</returns>
    public IReadOnlyList<ushort> Resume(bool isSessionPresent)
    {
        lock (_lock)
        {
            foreach (var (identifier, awaited) in _awaited)
            {
                if (awaited.Answer is MqttControlPacketType.PubRec or MqttControlPacketType.PubComp)
                    _recovering.Add(identifier);
            }

            _awaited.Clear();
            if (!isSessionPresent)
                _recovering.Clear();
            return [.. _recovering];
        }
    }

    /// <summary>A packet of ours is about to be sent.</summary>
    public void Sending(MqttPacket packet)
    {
        switch (packet)
        {
            case MqttPublishPacket { QualityOfServiceLevel: MqttQualityOfServiceLevel.AtLeastOnce } publish:
                Await(publish, MqttControlPacketType.PubAck);
                break;
            case MqttPublishPacket { QualityOfServiceLevel: MqttQualityOfServiceLevel.ExactlyOnce } publish:
                Await(publish, MqttControlPacketType.PubRec);
                break;
            case MqttSubscribePacket subscribe:
                Await(subscribe, MqttControlPacketType.SubAck, subscribe.TopicFilters.Count);
                break;
            case MqttUnsubscribePacket unsubscribe:
                Await(unsubscribe, MqttControlPacketType.UnsubAck, unsubscribe.TopicFilters.Count);
                break;
        }
    }

    /// <summary>An acknowledgement has come.</summary>
    public AnswerVerdict Receive(MqttPacket packet)
    {
        lock (_lock)
        {
            return packet switch
            {
                MqttPubAckPacket acknowledged => ReceiveFinal(acknowledged, MqttControlPacketType.PubAck),
                MqttPubRecPacket received => ReceivePubRec(received),
                MqttPubCompPacket completed when _recovering.Remove(completed.PacketIdentifier) => AnswerVerdict.Ignored,
                MqttPubCompPacket completed => ReceiveFinal(completed, MqttControlPacketType.PubComp),
                MqttSubAckPacket granted => ReceiveCodes(granted, MqttControlPacketType.SubAck, granted.ReasonCodes.Count),
                // UNSUBACK of 3.1.1 has no codes, and brokers leave them out in 5.0 as well: then it says that all filters are ended.
                MqttUnsubAckPacket ended => ReceiveCodes(ended, MqttControlPacketType.UnsubAck, ended.ReasonCodes is { Count: > 0 } codes ? codes.Count : null),
                _ => AnswerVerdict.Awaited,
            };
        }
    }

    private void Await(MqttPacketWithIdentifier packet, MqttControlPacketType answer, int codes = 0)
    {
        lock (_lock)
            _awaited[packet.PacketIdentifier] = (answer, codes);
    }

    // That an acknowledgement answers nothing is no breach the specification names, and harms nobody.
    private AnswerVerdict ReceiveFinal(MqttPacketWithIdentifier packet, MqttControlPacketType answer)
    {
        if (!_awaited.TryGetValue(packet.PacketIdentifier, out var awaited) || !IsPublish(awaited.Answer))
            return AnswerVerdict.Ignored;
        if (awaited.Answer != answer)
            return AnswerVerdict.OfAnotherKind;
        _awaited.Remove(packet.PacketIdentifier);
        return AnswerVerdict.Awaited;
    }

    private AnswerVerdict ReceivePubRec(MqttPubRecPacket packet)
    {
        var isRefusal = (byte)packet.ReasonCode >= ReasonCodes.FirstFailure;
        if (!_awaited.TryGetValue(packet.PacketIdentifier, out var awaited) || !IsPublish(awaited.Answer) || awaited.Answer == MqttControlPacketType.PubComp)
            return isRefusal ? AnswerVerdict.Ignored : AnswerVerdict.UnawaitedPubRec;
        if (awaited.Answer != MqttControlPacketType.PubRec)
            return AnswerVerdict.OfAnotherKind;
        if (isRefusal)
            _awaited.Remove(packet.PacketIdentifier);
        else
            _awaited[packet.PacketIdentifier] = (MqttControlPacketType.PubComp, 0);
        return AnswerVerdict.Awaited;
    }

    private AnswerVerdict ReceiveCodes(MqttPacketWithIdentifier packet, MqttControlPacketType answer, int? codes)
    {
        if (!_awaited.TryGetValue(packet.PacketIdentifier, out var awaited) || awaited.Answer != answer)
            return AnswerVerdict.Ignored;
        _awaited.Remove(packet.PacketIdentifier);
        return codes is null || codes == awaited.Codes ? AnswerVerdict.Awaited : AnswerVerdict.WrongNumberOfCodes;
    }

    private static bool IsPublish(MqttControlPacketType answer) => answer is not (MqttControlPacketType.SubAck or MqttControlPacketType.UnsubAck);
}
