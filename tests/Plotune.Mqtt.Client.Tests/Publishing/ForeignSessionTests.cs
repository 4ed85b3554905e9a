using System.Text;
using Plotune.Mqtt.Client.Tests.Session;
using Plotune.Mqtt.TestSupport;

namespace Plotune.Mqtt.Client.Tests.Publishing;

/// <summary>
/// The first connection to a session that another process began: under any identifier the broker may hold a QoS 2 message whose PUBREL never came, and would
/// take a new one for its repetition.
/// </summary>
public sealed class ForeignSessionTests : ConnectionTest
{
    private readonly RecordingCompletion _completion = new();

    private BrokerConnectionOptions Keeping => Options with { SessionExpiry = TimeSpan.FromHours(1), CleanStart = false };

    [Conformance("5.0", "MQTT-2.2.1-3", "MQTT-4.3.3-1")]
    [Theory]
    [InlineData(ProtocolPreference.V311, null)]
    [InlineData(ProtocolPreference.V500, (byte)0x92)]
    public async Task Identifier_is_released_before_a_message_of_QoS_2_uses_it(ProtocolPreference version, byte? code)
    {
        var (connection, client) = await ResumedAsync(Keeping with { Protocol = version });
        Publish(connection, QualityOfService.ExactlyOnce, 0);

        var first = await client.ExpectAsync(PacketType.PubRel);
        await client.SendAcknowledgementAsync(PacketType.PubComp, first.PacketIdentifier, code);

        var publish = await ExpectPublishAmongReleasesAsync(client);
        Assert.Equal((first.PacketIdentifier, false), (publish.PacketIdentifier, publish.Duplicate));
        await CompleteAsync(client, publish);
        await _completion.CountAsync(1);
        Assert.Equal(PublishOutcome.Delivered, _completion.Ended[0].Result.Outcome);
    }

    [Fact]
    public async Task Other_messages_need_no_release_and_order_is_kept()
    {
        var (connection, client) = await ResumedAsync(Keeping);

        Publish(connection, QualityOfService.AtLeastOnce, 0);
        Publish(connection, QualityOfService.AtMostOnce, 1);
        Publish(connection, QualityOfService.ExactlyOnce, 2);
        Publish(connection, QualityOfService.AtLeastOnce, 3);

        Assert.Equal(0, Number(await client.ExpectPublishAsync()));
        Assert.Equal(1, Number(await client.ExpectPublishAsync()));
        var released = (await client.ExpectAsync(PacketType.PubRel)).PacketIdentifier;
        await client.SendAcknowledgementAsync(PacketType.PubComp, released, 0x92);
        Assert.Equal(2, Number(await ExpectPublishAmongReleasesAsync(client)));
        Assert.Equal(3, Number(await client.ExpectPublishAsync()));
    }

    [Fact]
    public async Task Next_connection_asks_again_for_what_was_not_released()
    {
        var (connection, client) = await ResumedAsync(Keeping);
        Publish(connection, QualityOfService.ExactlyOnce, 0);
        await client.ExpectAsync(PacketType.PubRel);
        client.Close();
        await SkipBackoffAsync(connection);
        var second = await Broker.AcceptAsync();
        await second.AcceptSessionAsync(sessionPresent: true);

        var released = (await second.ExpectAsync(PacketType.PubRel)).PacketIdentifier;
        await second.SendAcknowledgementAsync(PacketType.PubComp, released);

        Assert.Equal(released, (await ExpectPublishAmongReleasesAsync(second)).PacketIdentifier);
    }

    [Fact]
    public async Task Session_that_this_object_began_needs_no_release()
    {
        var (connection, client) = await ConnectedAsync(Keeping, []);
        client.Close();
        await SkipBackoffAsync(connection);
        var second = await Broker.AcceptAsync();
        await second.AcceptSessionAsync(sessionPresent: true);

        Publish(connection, QualityOfService.ExactlyOnce, 0);

        await second.ExpectPublishAsync();
    }

    [Fact]
    public async Task Session_that_the_broker_loses_needs_no_release_any_more()
    {
        var (connection, client) = await ResumedAsync(Keeping);
        client.Close();
        await SkipBackoffAsync(connection);
        var second = await Broker.AcceptAsync();
        await second.AcceptSessionAsync(sessionPresent: false);

        Publish(connection, QualityOfService.ExactlyOnce, 0);

        await second.ExpectPublishAsync();
    }

    [Fact]
    public async Task Broker_that_does_not_answer_the_release_counts_as_stalled()
    {
        var (connection, client) = await ResumedAsync(Keeping);
        Publish(connection, QualityOfService.ExactlyOnce, 0);
        await client.ExpectAsync(PacketType.PubRel);

        await Eventually.TrueAsync("the connection counts as broken", () =>
        {
            Clock.Advance(TimeSpan.FromSeconds(10));
            return connection.Status.State != ConnectionState.Connected;
        }, Token);

        Assert.Contains(Observer.Statuses, status => status.ReasonName == "PublishStalled");
    }

    private static int Number(ReceivedPublish publish) => int.Parse(Encoding.UTF8.GetString(publish.Payload), System.Globalization.CultureInfo.InvariantCulture);

    private static async Task<ReceivedPublish> ExpectPublishAmongReleasesAsync(ScriptedConnection client)
    {
        while (true)
        {
            var packet = await client.ExpectAnyAsync();
            if (packet.Type == PacketType.Publish)
                return ReceivedPublish.Parse(packet, client.ProtocolLevel);
            Assert.Equal(PacketType.PubRel, packet.Type);
        }
    }

    private static async Task CompleteAsync(ScriptedConnection client, ReceivedPublish publish)
    {
        await client.SendAcknowledgementAsync(PacketType.PubRec, publish.PacketIdentifier);
        await client.ExpectAsync(PacketType.PubRel);
        await client.SendAcknowledgementAsync(PacketType.PubComp, publish.PacketIdentifier);
    }

    private void Publish(BrokerConnection connection, QualityOfService qos, int number) =>
        connection.Publish(new OutboundPublish("t", Encoding.UTF8.GetBytes($"{number}"), qos), _completion, number);

    private async Task<(BrokerConnection Connection, ScriptedConnection Client)> ResumedAsync(BrokerConnectionOptions options)
    {
        var connection = Connect(options);
        var client = await Broker.AcceptAsync();
        await client.AcceptSessionAsync(sessionPresent: true);
        await ReachesAsync(connection, ConnectionState.Connected);
        return (connection, client);
    }
}
