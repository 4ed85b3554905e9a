using System.Collections.Concurrent;
using System.Globalization;
using Plotune.Mqtt.Client.Tests.Session;
using Plotune.Mqtt.TestSupport;

namespace Plotune.Mqtt.Client.Tests.Publishing;

/// <summary>Many publishes at once, over a real socket.</summary>
public sealed class ManyPublishesTests : ConnectionTest
{
    private const int Senders = 4;
    private const int Each = 2_500;

    [Theory]
    [InlineData(QualityOfService.AtMostOnce, 20)]
    [InlineData(QualityOfService.AtLeastOnce, 1)]
    [InlineData(QualityOfService.AtLeastOnce, 20)]
    [InlineData(QualityOfService.ExactlyOnce, 20)]
    [InlineData(QualityOfService.ExactlyOnce, 1_000)]
    public async Task Each_ends_once_and_those_of_one_sender_arrive_in_order(QualityOfService qos, int window)
    {
        var (connection, client) = await ConnectedAsync(Options, [], PacketBytes.UInt16Property(0x21, (ushort)window));
        var completion = new Counting();
        var answering = AnswerAsync(client, Senders * Each);

        await Task.WhenAll(Enumerable.Range(0, Senders).Select(sender => Task.Run(() =>
        {
            for (var i = 0; i < Each; i++)
                connection.Publish(new OutboundPublish($"{sender}", BitConverter.GetBytes(i), qos), completion, (sender * Each) + i);
        })));

        var received = await Eventually.CompletesAsync("every message arrives", answering, Token);
        await Eventually.TrueAsync("every publish ends", () => completion.Count == Senders * Each, Token, state: () => completion.Count);
        for (var sender = 0; sender < Senders; sender++)
            Assert.Equal(Enumerable.Range(0, Each), received.Where(message => message.Sender == sender).Select(message => message.Number));
        Assert.Equal(0, connection.PublishesSentAgain);
    }

    private static async Task<IReadOnlyList<(int Sender, int Number)>> AnswerAsync(ScriptedConnection client, int count)
    {
        var received = new List<(int, int)>(count);
        for (var open = count; open > 0;)
        {
            var packet = await client.ExpectAnyAsync();
            if (packet.Type == PacketType.PubRel)
            {
                await client.SendAcknowledgementAsync(PacketType.PubComp, packet.PacketIdentifier);
                open--;
                continue;
            }

            var publish = ReceivedPublish.Parse(packet, client.ProtocolLevel);
            received.Add((int.Parse(publish.Topic, CultureInfo.InvariantCulture), BitConverter.ToInt32(publish.Payload)));
            if (publish.Qos > 0)
                await client.SendAcknowledgementAsync(publish.Qos == 1 ? PacketType.PubAck : PacketType.PubRec, publish.PacketIdentifier);
            if (publish.Qos < 2)
                open--;
        }

        return received;
    }

    private sealed class Counting : IPublishCompletion
    {
        private readonly ConcurrentDictionary<long, bool> _ended = new();
        private int _inside;

        public int Count => _ended.Count;

        public void Completed(OutboundPublish publish, long id, in PublishResult result)
        {
            // A second call, at the same time or for the same publish, would leave the count short for ever.
            if (Interlocked.Exchange(ref _inside, 1) == 0 && result.Outcome == PublishOutcome.Delivered && _ended.TryAdd(id, true))
                Volatile.Write(ref _inside, 0);
        }
    }
}
