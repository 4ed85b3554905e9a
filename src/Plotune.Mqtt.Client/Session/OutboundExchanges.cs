using MQTTnet.Packets;
using MQTTnet.Protocol;
using Plotune.Mqtt.Client.Publishing;

namespace Plotune.Mqtt.Client.Session;

/// <summary>
/// SUBSCRIBE and UNSUBSCRIBE under way. MQTTnet counts packet identifiers of its own, which know nothing of those of our publishes: on the wire each has one
/// that is not in use, and its answer gets MQTTnet's own back. Any thread.
/// </summary>
internal sealed class OutboundExchanges(PacketIdentifiers identifiers)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<ushort, (ushort ClientIdentifier, MqttControlPacketType Answer, int Codes)> _awaited = [];

    /// <summary>CONNACK has accepted us: what the last connection left is not part of the session, and is never answered (MQTT 5.0, 4.1).</summary>
    public void Reset()
    {
        lock (_lock)
        {
            foreach (var identifier in _awaited.Keys)
                identifiers.Return(identifier);
            _awaited.Clear();
        }
    }

    /// <summary>A packet of ours is about to be sent.</summary>
    public void Sending(MqttPacket packet)
    {
        switch (packet)
        {
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
                MqttSubAckPacket granted => ReceiveCodes(granted, MqttControlPacketType.SubAck, granted.ReasonCodes.Count),
                // UNSUBACK of 3.1.1 has no codes, and brokers leave them out in 5.0 as well: then it says that all filters are ended.
                MqttUnsubAckPacket ended => ReceiveCodes(ended, MqttControlPacketType.UnsubAck, ended.ReasonCodes is { Count: > 0 } codes ? codes.Count : null),
                _ => AnswerVerdict.Awaited,
            };
        }
    }

    private void Await(MqttPacketWithIdentifier packet, MqttControlPacketType answer, int codes)
    {
        lock (_lock)
        {
            // The publishes under way are bounded far below the number of identifiers, so that there always is one.
            var identifier = identifiers.Take();
            _awaited[identifier] = (packet.PacketIdentifier, answer, codes);
            packet.PacketIdentifier = identifier;
        }
    }

    private AnswerVerdict ReceiveCodes(MqttPacketWithIdentifier packet, MqttControlPacketType answer, int? codes)
    {
        if (!_awaited.TryGetValue(packet.PacketIdentifier, out var awaited) || awaited.Answer != answer)
            return AnswerVerdict.Ignored;
        _awaited.Remove(packet.PacketIdentifier);
        identifiers.Return(packet.PacketIdentifier);
        packet.PacketIdentifier = awaited.ClientIdentifier;
        return codes is null || codes == awaited.Codes ? AnswerVerdict.Awaited : AnswerVerdict.WrongNumberOfCodes;
    }
}
