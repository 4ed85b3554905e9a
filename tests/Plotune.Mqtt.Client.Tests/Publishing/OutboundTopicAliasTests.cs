using System.Globalization;
using Plotune.Mqtt.Client.Publishing;
using Plotune.Mqtt.Client.Tests.Session;
using Plotune.Mqtt.TestSupport;
using PacketType = Plotune.Mqtt.TestSupport.PacketType;

namespace Plotune.Mqtt.Client.Tests.Publishing;

public sealed class OutboundTopicAliasTests : ConnectionTest
{
    private const byte TopicAlias = 0x23;
    private static readonly byte[] TwoAliases = PacketBytes.UInt16Property(0x22, 2);

    [Fact]
    public async Task Topic_is_sent_once_and_then_its_alias()
    {
        var (connection, client) = await ConnectedAsync(Options, [], TwoAliases);

        Assert.Equal(("machines/1", 1u), await PublishAsync(connection, client, "machines/1"));
        Assert.Equal(("machines/2", 2u), await PublishAsync(connection, client, "machines/2"));
        Assert.Equal(("", 2u), await PublishAsync(connection, client, "machines/2"));
        Assert.Equal(("", 1u), await PublishAsync(connection, client, "machines/1"));
    }

    [Fact]
    public async Task Topics_beyond_the_brokers_maximum_are_sent_whole()
    {
        var (connection, client) = await ConnectedAsync(Options, [], TwoAliases);
        foreach (var topic in new[] { "machines/1", "machines/2" })
            await PublishAsync(connection, client, topic);

        Assert.Equal(("machines/3", 0u), await PublishAsync(connection, client, "machines/3"));
        Assert.Equal(("machines/3", 0u), await PublishAsync(connection, client, "machines/3"));
    }

    [Fact]
    public async Task Aliases_are_bounded_even_if_the_broker_would_take_more()
    {
        var (connection, client) = await ConnectedAsync(Options, [], PacketBytes.UInt16Property(0x22, ushort.MaxValue));

        for (var i = 1; i <= OutboundTopicAliases.Most; i++)
            Assert.Equal((uint)i, (await PublishAsync(connection, client, Topic(i))).Alias);

        Assert.Equal(("another/topic", 0u), await PublishAsync(connection, client, "another/topic"));
    }

    [Fact]
    public async Task Broker_that_offers_none_gets_none()
    {
        var (connection, client) = await ConnectedAsync(Options, []);

        for (var i = 0; i < 2; i++)
            Assert.Equal(("machines/1", 0u), await PublishAsync(connection, client, "machines/1"));
    }

    [Fact]
    public async Task Short_topic_gets_none()
    {
        var (connection, client) = await ConnectedAsync(Options, [], TwoAliases);

        for (var i = 0; i < 2; i++)
            Assert.Equal(("short/1", 0u), await PublishAsync(connection, client, "short/1"));
    }

    [Fact]
    public async Task Alias_that_would_make_the_packet_too_large_is_not_given()
    {
        // Fixed header 2, topic 2 + 10, property length 1, payload 20.
        var (connection, client) = await ConnectedAsync(Options, [], TwoAliases, PacketBytes.UInt32Property(0x27, 35));

        var result = await connection.PublishAsync(new OutboundPublish("machines/1", new byte[20], QualityOfService.AtMostOnce), TimeSpan.FromSeconds(10), Token);

        Assert.Equal(PublishOutcome.Delivered, result.Outcome);
        Assert.DoesNotContain(TopicAlias, (await client.ExpectPublishAsync()).Properties);
        Assert.Equal(("machines/1", 1u), await PublishAsync(connection, client, "machines/1"));
    }

    [Fact]
    public async Task Next_connection_begins_anew()
    {
        var (connection, client) = await ConnectedAsync(Options, [], TwoAliases);
        await PublishAsync(connection, client, "machines/1");
        await PublishAsync(connection, client, "machines/2");
        client.Close();
        await SkipBackoffAsync(connection);
        var second = await Broker.AcceptAsync();
        await second.AcceptSessionAsync(false, TwoAliases);
        await ReachesAsync(connection, ConnectionState.Connected);

        Assert.Equal(("machines/2", 1u), await PublishAsync(connection, second, "machines/2"));
    }

    [Fact]
    public async Task Alias_never_precedes_its_topic_however_many_publish_at_once()
    {
        var (connection, client) = await ConnectedAsync(Options, [], PacketBytes.UInt16Property(0x22, 10));
        var publishing = Enumerable.Range(0, 2_000).Select(i => Task.Run(() => connection.PublishAsync(
            new OutboundPublish(Topic(i % 20), BitConverter.GetBytes(i % 20), QualityOfService.AtMostOnce), TimeSpan.FromSeconds(30), Token), Token)).ToList();

        var topics = new Dictionary<uint, string>();
        for (var i = 0; i < publishing.Count; i++)
        {
            var publish = await client.ExpectPublishAsync();
            var topic = publish.Topic;
            if (publish.Properties.TryGetValue(TopicAlias, out var alias))
                topic = topic.Length > 0 ? topics[(uint)alias] = topic : topics[(uint)alias];
            Assert.Equal(Topic(BitConverter.ToInt32(publish.Payload)), topic);
        }

        Assert.Equal(10, topics.Count);
        Assert.All(await Task.WhenAll(publishing), result => Assert.Equal(PublishOutcome.Delivered, result.Outcome));
    }

    private static string Topic(int number) => $"machines/{number.ToString(CultureInfo.InvariantCulture)}";

    private static async Task<(string Topic, uint Alias)> PublishAsync(BrokerConnection connection, ScriptedConnection client, string topic)
    {
        var publishing = connection.PublishAsync(new OutboundPublish(topic, "1"u8.ToArray(), QualityOfService.AtLeastOnce), TimeSpan.FromSeconds(10), Token);
        var publish = await client.ExpectPublishAsync();
        await client.SendAcknowledgementAsync(PacketType.PubAck, publish.PacketIdentifier);
        Assert.Equal(PublishOutcome.Delivered, (await publishing).Outcome);
        return (publish.Topic, publish.Properties.TryGetValue(TopicAlias, out var alias) ? (uint)alias : 0);
    }
}
