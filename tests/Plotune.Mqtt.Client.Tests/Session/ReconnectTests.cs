using Plotune.Mqtt.TestSupport;

namespace Plotune.Mqtt.Client.Tests.Session;

public sealed class ReconnectTests : ConnectionTest
{
    [Conformance("5.0", "MQTT-4.13.2-1")]
    [Theory]
    [InlineData(0x8B, "ServerShuttingDown")]
    [InlineData(0x89, "ServerBusy")]
    [InlineData(0x8D, "KeepAliveTimeout")]
    [InlineData(0x00, "NormalDisconnection")]
    public async Task DISCONNECT_that_may_pass_is_told_and_tried_again(byte code, string name)
    {
        var (connection, client) = await ConnectedAsync(Options, []);

        await client.SendAsync(PacketBytes.Disconnect5(code));

        var status = await SkipBackoffAsync(connection);
        Assert.Equal(name, status.ReasonName);
        Assert.InRange((status.RetryAt - status.Since)!.Value, Options.ReconnectDelay, Options.ReconnectDelay * 2);
        Logger.ThrowOnErrors();
    }

    [Theory]
    [InlineData(0x87, "NotAuthorized")]
    [InlineData(0x9D, "ServerMoved")]
    [InlineData(0x82, "ProtocolError")]
    public async Task DISCONNECT_that_only_new_settings_can_change_is_final(byte code, string name)
    {
        var (connection, client) = await ConnectedAsync(Options, []);

        await client.SendAsync(PacketBytes.Disconnect5(code));

        await ReachesAsync(connection, ConnectionState.Failed);
        Assert.Equal(name, connection.Status.ReasonName);
    }

    [Fact]
    public async Task Session_taken_over_backs_off_for_long()
    {
        var (connection, client) = await ConnectedAsync(Options, []);

        await client.SendAsync(PacketBytes.Disconnect5(0x8E));

        await ReachesAsync(connection, ConnectionState.Waiting);
        var status = connection.Status;
        Assert.Equal("SessionTakenOver", status.ReasonName);
        Assert.True(status.NeedsAttention);
        Assert.InRange((status.RetryAt - status.Since)!.Value, Options.ReconnectDelayMaximum / 2, Options.ReconnectDelayMaximum);
    }

    [Fact]
    public async Task Connections_that_end_soon_are_made_ever_less_often_and_the_status_guesses_why()
    {
        var connection = Connect(Options with { Protocol = ProtocolPreference.V311 });
        var delays = new List<TimeSpan>();
        var last = connection.Status;
        for (var i = 0; i < 7; i++)
        {
            var client = await Broker.AcceptAsync();
            await client.AcceptSessionAsync();
            await ReachesAsync(connection, ConnectionState.Connected);
            client.Close();
            last = await SkipBackoffAsync(connection);
            delays.Add((last.RetryAt - last.Since)!.Value);
        }

        // Full jitter lets single delays shrink; what an attempt may take at most and at least is certain.
        Assert.All(delays.Index(), delay => Assert.InRange(delay.Item, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(Math.Min(60, Math.Pow(2, delay.Index + 1)))));
        Assert.Contains("Does another client use the client identifier 'tester'?", last.Reason, StringComparison.Ordinal);
        Assert.Equal(7, last.Attempt);
    }

    [Fact]
    public async Task Delay_falls_back_after_a_stable_connection()
    {
        var connection = Connect(Options);
        for (var i = 0; i < 3; i++)
        {
            var refused = await Broker.AcceptAsync();
            await refused.ExpectConnectAsync();
            await refused.SendConnAckAsync(0x89);
            await SkipBackoffAsync(connection);
        }

        var client = await Broker.AcceptAsync();
        await client.AcceptSessionAsync();
        await ReachesAsync(connection, ConnectionState.Connected);
        Assert.Equal(4, connection.Status.Attempt);
        Clock.Advance(Options.StableAfter);
        client.Close();

        var status = await SkipBackoffAsync(connection);
        Assert.InRange((status.RetryAt - status.Since)!.Value, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2));
        Assert.Equal(0, status.Attempt);
    }

    [Fact]
    public async Task Reset_by_the_broker_is_noticed_and_named()
    {
        var (connection, client) = await ConnectedAsync(Options, []);

        client.Reset();

        Assert.Equal("ConnectionReset", (await SkipBackoffAsync(connection)).ReasonName);
    }

    [Fact]
    public async Task Half_close_by_the_broker_is_noticed()
    {
        var (connection, client) = await ConnectedAsync(Options, []);

        client.HalfClose();

        Assert.Equal("ConnectionClosed", (await SkipBackoffAsync(connection)).ReasonName);
    }

    [Fact]
    public async Task End_inside_a_packet_is_told_from_an_end_in_order()
    {
        var (connection, client) = await ConnectedAsync(Options, []);

        await client.SendAsync(PacketBytes.Publish5("a", new byte[100]).AsMemory(0, 20));
        client.Close();

        Assert.Equal("ConnectionCut", (await SkipBackoffAsync(connection)).ReasonName);
    }

    [Fact]
    public async Task Broker_that_breaks_the_protocol_is_told_and_tried_again()
    {
        var (connection, client) = await ConnectedAsync(Options, []);

        await client.SendAsync(new byte[] { 0xC0, 0 });

        Assert.Equal(0x82, (await client.ExpectAsync(PacketType.Disconnect)).Body[0]);
        Assert.Equal("ProtocolViolation", (await SkipBackoffAsync(connection)).ReasonName);
    }

    [Fact]
    public async Task Broker_that_breaks_the_protocol_is_told_even_if_it_has_sent_much_more()
    {
        var (_, client) = await ConnectedAsync(Options, []);

        // More than a block of the lane, so that some of it is never read.
        await client.SendAsync((byte[])[0xC0, 0, .. new byte[1_000_000]]);

        Assert.Equal(0x82, (await client.ExpectAsync(PacketType.Disconnect)).Body[0]);
        await client.ExpectEndAsync();
    }

    [Fact]
    public async Task Acknowledgement_of_nothing_does_no_harm()
    {
        var (connection, client) = await ConnectedAsync(Options, [new("a")]);

        await client.SendSubAckAsync(99, 0);
        await client.SendAcknowledgementAsync(PacketType.PubAck, 98);
        await client.SendAcknowledgementAsync(PacketType.PubComp, 97);
        await client.SendPublishAsync("a", "still here"u8.ToArray());

        await Eventually.TrueAsync("the message is there", () => Handler.Messages.Count == 1, Token);
        var update = connection.UpdateSubscriptionsAsync([new("a"), new("b")], Token);
        await client.GrantSubscribeAsync();
        await Eventually.CompletesAsync("the update is done", update, Token);
    }

    [Fact]
    public async Task Missing_PINGRESP_leads_to_a_new_connection()
    {
        var (connection, client) = await ConnectedAsync(Options with { KeepAlive = TimeSpan.FromSeconds(10) }, []);

        await Eventually.TrueAsync("the connection counts as dead", () =>
        {
            Clock.Advance(TimeSpan.FromMilliseconds(500));
            return connection.Status.State != ConnectionState.Connected;
        }, Token);

        await client.ExpectAsync(PacketType.PingReq);
        await Eventually.TrueAsync("the reason is told", () => Observer.Statuses.Any(status => status.ReasonName == "KeepAliveTimeout"), Token);
    }
}
