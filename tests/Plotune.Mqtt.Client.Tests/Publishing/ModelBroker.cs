using Plotune.Mqtt.Client.Publishing;
using PacketType = Plotune.Mqtt.Client.Receive.PacketType;

namespace Plotune.Mqtt.Client.Tests.Publishing;

/// <summary>
/// A receiver of PUBLISH by the letter of the specification (MQTT 5.0, 4.3 and 4.9), which checks what it is sent. Messages are known by their topics, which are their numbers. Keeps
/// to method B of figure 4.3: it passes a QoS 2 message on when it comes, and holds its identifier until PUBREL.
/// </summary>
internal sealed class ModelBroker
{
    private readonly HashSet<ushort> _held = [];
    private readonly Dictionary<ushort, int> _sentInSession = [];
    private readonly HashSet<ushort> _unanswered = [];
    private int _last;
    private int _window;

    /// <summary>Numbers of the messages passed on, in order.</summary>
    public List<int> Delivered { get; } = [];

    /// <summary>Numbers of the messages it refuses.</summary>
    public HashSet<int> Refuses { get; } = [];

    /// <summary>An earlier process left a message of QoS 2 under this identifier.</summary>
    public void HoldForeign(ushort identifier) => _held.Add(identifier);

    public void LoseSession()
    {
        _held.Clear();
        _sentInSession.Clear();
    }

    public void Connect(int window)
    {
        _window = window;
        _last = -1;
        _unanswered.Clear();
    }

    /// <returns>What it answers, if anything.</returns>
    public (PacketType Type, ushort Identifier, byte Code)? Receive(in OutgoingPacket packet)
    {
        if (packet.Publish is { } publish)
            return ReceivePublish(in packet, publish, int.Parse(publish.Topic, System.Globalization.CultureInfo.InvariantCulture));
        _unanswered.Remove(packet.PacketIdentifier);
        _sentInSession.Remove(packet.PacketIdentifier);
        return (PacketType.PubComp, packet.PacketIdentifier, _held.Remove(packet.PacketIdentifier) ? (byte)0 : (byte)0x92);
    }

    private (PacketType Type, ushort Identifier, byte Code)? ReceivePublish(in OutgoingPacket packet, OutboundPublish publish, int number)
    {
        CheckOrder(number);
        var identifier = packet.PacketIdentifier;
        if (publish.QualityOfService == QualityOfService.AtMostOnce)
        {
            Assert.Equal((0, false), (identifier, packet.IsAgain));
            Delivered.Add(number);
            return null;
        }

        Assert.NotEqual(0, identifier);
        Assert.True(_unanswered.Add(identifier), "an identifier is used twice");
        Assert.InRange(_unanswered.Count, 1, _window);
        // Part of what is sent may never arrive, so that a repetition can be the first the broker sees.
        if (_sentInSession.TryGetValue(identifier, out var before))
            Assert.Equal((before, true), (number, packet.IsAgain));
        _sentInSession[identifier] = number;

        if (Refuses.Contains(number))
            return Answer(publish.QualityOfService == QualityOfService.AtLeastOnce ? PacketType.PubAck : PacketType.PubRec, identifier, 0x87);
        if (publish.QualityOfService == QualityOfService.AtLeastOnce)
        {
            Delivered.Add(number);
            return Answer(PacketType.PubAck, identifier, 0);
        }

        if (_held.Add(identifier))
            Delivered.Add(number);
        return (PacketType.PubRec, identifier, 0);
    }

    private (PacketType Type, ushort Identifier, byte Code) Answer(PacketType type, ushort identifier, byte code)
    {
        _unanswered.Remove(identifier);
        _sentInSession.Remove(identifier);
        return (type, identifier, code);
    }

    // On each connection in the order in which they were given, whatever their QoS, sent again or new [MQTT-4.6.0-1].
    private void CheckOrder(int number)
    {
        Assert.True(number > _last);
        _last = number;
    }
}
