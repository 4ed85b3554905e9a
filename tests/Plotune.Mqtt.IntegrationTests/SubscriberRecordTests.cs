using Plotune.Mqtt.IntegrationTests.Support;
using Plotune.Mqtt.TestSupport;

namespace Plotune.Mqtt.IntegrationTests;

public sealed class SubscriberRecordTests : IAsyncLifetime
{
    private BrokerProcess _broker = null!;

    public async ValueTask InitializeAsync() => _broker = await BrokerProcess.StartAsync();

    public ValueTask DisposeAsync() => _broker.DisposeAsync();

    [Fact]
    public async Task It_keeps_what_was_published_as_it_was()
    {
        await _broker.PublishAsync("kept/1", "old", qos: 1, retain: true);
        await using var record = await SubscriberRecord.StartAsync(_broker, 2, "kept/#", "hall one/+");
        await record.WaitForAsync("the retained one is there", messages => messages.Count == 1);

        await _broker.PublishAsync("hall one/temp", "läuft\tgut \U0001F600", qos: 2);
        await _broker.PublishAsync("hall one/temp", "", qos: 0);
        await _broker.PublishAsync("elsewhere", "1");
        await _broker.PublishAsync("kept/2", "last", qos: 1, retain: true);

        await record.WaitForAsync("the last one is there", messages => messages[^1].Topic == "kept/2");
        Assert.Equal(
            [new("kept/1", "old", 1, true), new("hall one/temp", "läuft\tgut \U0001F600", 2, false), new("hall one/temp", "", 0, false), new("kept/2", "last", 1, false)],
            record.Messages);
    }

    [Theory]
    [InlineData(Signals.Terminate)]
    [InlineData(Signals.Kill9)]
    public async Task What_is_published_while_it_is_away_comes_when_it_is_back(int signal)
    {
        await using var record = await SubscriberRecord.StartAsync(_broker, "plant/#");
        await _broker.PublishAsync("plant/count", Enumerable.Range(0, 100).Select(i => $"{i}"));
        await record.WaitForNumbersAsync("plant/count", 0, 99);

        await record.StopAsync(signal);
        await _broker.PublishAsync("plant/count", Enumerable.Range(100, 4900).Select(i => $"{i}"));
        await record.StartAgainAsync();

        await record.WaitForNumbersAsync("plant/count", 0, 4999);
        Assert.Equal(2, record.Subscribed);
    }

    [Fact]
    public async Task It_outlives_a_restart_of_the_broker()
    {
        await using var record = await SubscriberRecord.StartAsync(_broker, "plant/#");
        await _broker.PublishAsync("plant/count", ["0", "1"]);
        await record.WaitForNumbersAsync("plant/count", 0, 1);

        await _broker.StopAsync();
        await _broker.StartAgainAsync();
        await _broker.PublishAsync("plant/count", ["2", "3"]);

        await record.WaitForNumbersAsync("plant/count", 0, 3);
    }

    [Fact]
    public async Task What_does_not_come_is_named()
    {
        await using var record = await SubscriberRecord.StartAsync(_broker, "plant/#");
        await _broker.PublishAsync("plant/count", ["0", "2", "2", "1", "4"]);
        await record.WaitForAsync("all are there", messages => messages.Count == 5);

        var missing = await Assert.ThrowsAsync<UnmetExpectationException>(() => record.WaitForNumbersAsync("plant/count", 0, 4, TimeSpan.FromMilliseconds(1)));
        var nothing = await Assert.ThrowsAsync<UnmetExpectationException>(() => record.WaitForNumbersAsync("plant/other", 0, 4, TimeSpan.FromMilliseconds(1)));

        Assert.Contains("4 numbers from 0 to 4; 1 gaps (3); 1 late (1); 1 repeated (2)", missing.Message, StringComparison.Ordinal);
        Assert.Contains("nothing", nothing.Message, StringComparison.Ordinal);
    }
}
