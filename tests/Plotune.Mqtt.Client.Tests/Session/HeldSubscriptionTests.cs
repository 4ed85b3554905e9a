using Plotune.Mqtt.TestSupport;

namespace Plotune.Mqtt.Client.Tests.Session;

public sealed class HeldSubscriptionTests : ConnectionTest
{
    private static readonly TopicSubscription A = new("a/#");
    private static readonly TopicSubscription B = new("b/#", QualityOfService.AtLeastOnce);
    private static readonly TopicSubscription C = new("c/#");

    private BrokerConnectionOptions Keeping => Options with { CleanStart = false, SessionExpiry = TimeSpan.FromHours(1) };

    [Fact]
    public async Task What_the_session_holds_is_told_before_SUBSCRIBE_and_after_SUBACK()
    {
        var connection = Connect(Keeping, A, B);
        var client = await Broker.AcceptAsync();
        await client.AcceptSessionAsync();
        var subscribe = await client.ExpectSubscribeAsync();

        Assert.Equal([Held(A, false), Held(B, false)], Assert.Single(Observer.Held));

        await client.SendSubAckAsync(subscribe.PacketIdentifier, 0, 1);
        await ReachesAsync(connection, ConnectionState.Connected);
        Assert.Equal([Held(A), Held(B)], Observer.Held[1]);
        Assert.Equal(2, Observer.Held.Count);
    }

    [Theory]
    [InlineData(ProtocolPreference.V500)]
    [InlineData(ProtocolPreference.V311)]
    public async Task Difference_is_told_once_before_and_once_after(ProtocolPreference protocol)
    {
        var (connection, client) = await ConnectedAsync(Keeping with { Protocol = protocol }, [A, B]);

        var update = connection.UpdateSubscriptionsAsync([B, C], Token);
        await client.GrantSubscribeAsync();
        var unsubscribe = await client.ExpectUnsubscribeAsync();
        Assert.Equal([Held(A, false), Held(B), Held(C, false)], Observer.Held[2]);
        await client.SendUnsubAckAsync(unsubscribe.PacketIdentifier, 0);
        await Eventually.CompletesAsync("the update", update, Token);

        Assert.Equal([Held(B), Held(C)], Observer.Held[3]);
        Assert.Equal(4, Observer.Held.Count);
    }

    [Fact]
    public async Task List_that_changes_nothing_is_not_told()
    {
        var (connection, _) = await ConnectedAsync(Keeping, [A, B]);

        await connection.UpdateSubscriptionsAsync([B, A], Token);

        Assert.Equal(2, Observer.Held.Count);
    }

    [Fact]
    public async Task Nothing_is_sent_if_the_session_holds_what_is_wanted()
    {
        var connection = Connect(Keeping with { HeldSubscriptions = [Held(A), Held(B)] }, A, B);
        var client = await Broker.AcceptAsync();

        await client.AcceptSessionAsync(sessionPresent: true);

        await ReachesAsync(connection, ConnectionState.Connected);
        await connection.DisposeAsync();
        await client.ExpectAsync(PacketType.Disconnect);
        Assert.Empty(Observer.Held);
    }

    [Fact]
    public async Task Only_the_difference_to_what_the_session_holds_is_sent()
    {
        var raised = A with { QualityOfService = QualityOfService.ExactlyOnce };
        var gone = new TopicSubscription("gone");
        Connect(Keeping with { HeldSubscriptions = [Held(A), Held(B), Held(gone)] }, raised, B, C);
        var client = await Broker.AcceptAsync();
        await client.AcceptSessionAsync(sessionPresent: true);

        Assert.Equal(["a/#", "c/#"], (await client.GrantSubscribeAsync()).Filters);
        Assert.Equal(["gone"], (await client.ExpectUnsubscribeAsync()).Filters);
        Assert.Equal([Held(raised, false), Held(B), Held(gone, false), Held(C, false)], Observer.Held[0]);
    }

    [Fact]
    public async Task Unconfirmed_filter_is_subscribed_again_if_wanted_and_ended_if_not()
    {
        Connect(Keeping with { HeldSubscriptions = [Held(A, false), Held(B, false), Held(C)] }, A, C);
        var client = await Broker.AcceptAsync();
        await client.AcceptSessionAsync(sessionPresent: true);

        Assert.Equal(["a/#"], (await client.GrantSubscribeAsync()).Filters);
        Assert.Equal(["b/#"], (await client.ExpectUnsubscribeAsync()).Filters);
    }

    [Fact]
    public async Task Session_that_is_gone_holds_nothing_whatever_was_known()
    {
        var connection = Connect(Keeping with { HeldSubscriptions = [Held(A), Held(B)] }, A);
        var client = await Broker.AcceptAsync();
        await client.AcceptSessionAsync(sessionPresent: false);

        Assert.Equal(["a/#"], (await client.GrantSubscribeAsync()).Filters);

        await ReachesAsync(connection, ConnectionState.Connected);
        Assert.Equal([[], [Held(A, false)], [Held(A)]], Observer.Held);
        Assert.Equal(1, Observer.SessionsLost);
    }

    [Fact]
    public async Task Clean_start_loses_what_was_known_without_a_word_of_loss()
    {
        await ConnectedAsync(Options with { HeldSubscriptions = [Held(B)] }, [A]);

        Assert.Equal([[], [Held(A, false)], [Held(A)]], Observer.Held);
        Assert.Equal(0, Observer.SessionsLost);
    }

    [Fact]
    public async Task Connection_that_ends_before_SUBACK_leaves_the_filter_unconfirmed_and_asks_again()
    {
        var connection = Connect(Keeping, A);
        var client = await Broker.AcceptAsync();
        await client.AcceptSessionAsync();
        await client.ExpectSubscribeAsync();
        client.Close();
        await SkipBackoffAsync(connection);
        Assert.Equal([Held(A, false)], Observer.Held[^1]);
        var second = await Broker.AcceptAsync();

        await second.AcceptSessionAsync(sessionPresent: true);

        Assert.Equal(["a/#"], (await second.GrantSubscribeAsync()).Filters);
    }

    [Fact]
    public async Task Refused_filter_is_not_held_but_one_that_was_held_before_may_be()
    {
        var (connection, client) = await ConnectedAsync(Keeping, [A]);
        var raised = A with { QualityOfService = QualityOfService.AtLeastOnce };

        var update = connection.UpdateSubscriptionsAsync([raised, B], Token);
        var subscribe = await client.ExpectSubscribeAsync();
        await client.SendSubAckAsync(subscribe.PacketIdentifier, 0x87, 0x87);
        await Eventually.CompletesAsync("the update", update, Token);

        Assert.Equal([Held(raised, false)], Observer.Held[^1]);
    }

    [Fact]
    public async Task Filter_the_broker_does_not_end_may_still_be_held()
    {
        var (connection, client) = await ConnectedAsync(Keeping, [A, B]);

        var update = connection.UpdateSubscriptionsAsync([], Token);
        var unsubscribe = await client.ExpectUnsubscribeAsync();
        await client.SendUnsubAckAsync(unsubscribe.PacketIdentifier, 0x87, 0x11);
        await Eventually.CompletesAsync("the update", update, Token);

        Assert.Equal([Held(A, false)], Observer.Held[^1]);
    }

    [Fact]
    public async Task Filter_nothing_is_known_of_can_be_ended_and_is_not_held_for_it()
    {
        var (connection, client) = await ConnectedAsync(Keeping, [A]);

        var update = connection.UpdateSubscriptionsAsync([A], ["stranger"], Token);
        var unsubscribe = await client.ExpectUnsubscribeAsync();
        await client.SendUnsubAckAsync(unsubscribe.PacketIdentifier, 0x11);
        await Eventually.CompletesAsync("the update", update, Token);

        Assert.Equal(["stranger"], unsubscribe.Filters);
        Assert.Equal([Held(A)], Observer.Held[^1]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Options_of_a_subscription_go_out_again_when_the_session_is_lost(bool wasKnown)
    {
        var subscription = A with { NoLocal = true, RetainAsPublished = true, RetainHandling = RetainHandling.SendAtSubscribeIfNew };
        var connection = Connect(Keeping with { HeldSubscriptions = wasKnown ? [Held(subscription)] : [] }, subscription);
        var client = await Broker.AcceptAsync();
        await client.AcceptSessionAsync(sessionPresent: wasKnown);
        if (!wasKnown)
            Assert.Equal<byte>([0b0001_1100], (await client.GrantSubscribeAsync()).Options);
        await ReachesAsync(connection, ConnectionState.Connected);
        client.Close();
        await SkipBackoffAsync(connection);
        var second = await Broker.AcceptAsync();

        await second.AcceptSessionAsync(sessionPresent: false);

        Assert.Equal<byte>([0b0001_1100], (await second.GrantSubscribeAsync()).Options);
    }

    private static HeldSubscription Held(TopicSubscription subscription, bool isConfirmed = true) => new(subscription, isConfirmed);
}
