using Plotune.Mqtt.Agent.Bridge;
using Plotune.Mqtt.Agent.Configuration;

namespace Plotune.Mqtt.Agent.Tests.Bridge;

public sealed class ProducersTests
{
    private const string Named = """{"bridge":{"connection":"named"}}""";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_connection_most_recently_set_as_producer_is_used()
    {
        await using var fixture = new BridgeFixture();
        await fixture.PutProducerAsync("a", since: 2);
        await fixture.PutProducerAsync("b", since: 3);
        await fixture.PutProducerAsync("c", since: 1);

        Assert.Equal("b", fixture.Producers.Current.Producer?.Connection);
        Assert.True(fixture.Producers.IsChosen("b"));
        Assert.False(fixture.Producers.IsChosen("a"));
    }

    [Fact]
    public async Task The_choice_follows_the_settings()
    {
        await using var fixture = new BridgeFixture();
        await fixture.PutProducerAsync("a", since: 1);
        await fixture.PutProducerAsync("b", since: 2);

        await fixture.Connections.PutAsync(BridgeFixture.Producer("b", since: 2) with { Enabled = false }, Cancel);
        Assert.Equal("a", fixture.Producers.Current.Producer?.Connection);

        var changed = fixture.Producers.Changed;
        await fixture.Connections.DeleteAsync("a", Cancel);
        Assert.True(changed.IsCompleted);
        Assert.Null(fixture.Producers.Current.Producer);
        Assert.Contains("'b' is switched off", fixture.Producers.Current.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_producer_the_reason_says_what_to_do()
    {
        await using var fixture = new BridgeFixture();

        Assert.Contains("Set as producer", fixture.Producers.Current.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_one_that_is_named_is_used_and_no_other()
    {
        await using var fixture = new BridgeFixture(configuration: Named);
        await fixture.PutProducerAsync("newer", since: 9);
        Assert.Contains("no such connection", fixture.Producers.Current.Reason, StringComparison.Ordinal);

        await fixture.Connections.PutAsync(BridgeFixture.Producer("named") with { Producer = false }, Cancel);
        Assert.Contains("not set as producer", fixture.Producers.Current.Reason, StringComparison.Ordinal);

        await fixture.Connections.PutAsync(BridgeFixture.Producer("named") with { Enabled = false }, Cancel);
        Assert.Contains("switched off", fixture.Producers.Current.Reason, StringComparison.Ordinal);

        await fixture.PutProducerAsync("named", since: 1);
        Assert.Equal("named", fixture.Producers.Current.Producer?.Connection);
    }

    [Fact]
    public async Task Settings_from_before_the_time_was_remembered_come_last()
    {
        await using var fixture = new BridgeFixture();
        await fixture.Connections.PutAsync(BridgeFixture.Producer("a") with { ProducerSince = null }, Cancel);
        Assert.Equal("a", fixture.Producers.Current.Producer?.Connection);

        await fixture.PutProducerAsync("b", since: 1);

        Assert.Equal("b", fixture.Producers.Current.Producer?.Connection);
    }

    [Theory]
    [InlineData("plotune/#", "plotune/x")]
    [InlineData("hall/", "hall/x")]
    [InlineData("#", "plotune/x")]
    public async Task A_base_stored_by_an_earlier_version_is_cut_too(string stored, string topic)
    {
        await using var fixture = new BridgeFixture();
        await fixture.PutProducerAsync("a", stored);

        Assert.Equal(topic, fixture.Producers.Current.Producer?.TopicOf("x"));
    }

    [Theory]
    [InlineData(1_766_000_000_123, 1_766_000_000_123)]
    [InlineData(1, 1_765_000_000_001)]
    public void A_stamp_is_newer_than_all_others_whatever_the_clock_says(long now, long expected)
    {
        BrokerConnectionConfig[] others = [Stamped(1_765_000_000_000), Stamped(5), Stamped(null)];

        Assert.Equal(expected, ProducerStamp.Next(others, DateTimeOffset.FromUnixTimeMilliseconds(now)).ToUnixTimeMilliseconds());
        Assert.Equal(now, ProducerStamp.Next([], DateTimeOffset.FromUnixTimeMilliseconds(now)).ToUnixTimeMilliseconds());
    }

    [Fact]
    public async Task What_bridges_publish_to_is_known_for_every_producer_and_no_other_connection()
    {
        await using var fixture = await BridgeFixture.StartAsync();
        await fixture.Bridges.AddAsync(new BridgeRequest("b", new BridgeSource("127.0.0.1", 1)), Cancel);
        await fixture.Bridges.AddAsync(new BridgeRequest("a", new BridgeSource("127.0.0.1", 1)), Cancel);
        Assert.Equal(["out/a", "out/b"], fixture.OwnTopics.Of(BridgeFixture.Producer("other", "out")));
        Assert.Empty(fixture.OwnTopics.Of(BridgeFixture.Producer("other", "out") with { Producer = false }));

        await fixture.Bridges.RemoveAsync("a", null, Cancel);

        Assert.Equal(["out/b"], fixture.OwnTopics.Of(BridgeFixture.Producer("other", "out")));
    }

    private static BrokerConnectionConfig Stamped(long? milliseconds) =>
        BridgeFixture.Producer("x") with { ProducerSince = milliseconds is { } since ? DateTimeOffset.FromUnixTimeMilliseconds(since) : null };
}
