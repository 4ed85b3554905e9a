using System.Text.Json.Nodes;
using Plotune.Mqtt.Agent.EventSources;
using Plotune.Mqtt.Agent.EventSources.Redis;
using Plotune.Mqtt.TestSupport;
using StackExchange.Redis;

namespace Plotune.Mqtt.Agent.Tests.EventSources;

/// <summary>Events that cannot be published.</summary>
public sealed class RedisPoisonTests
{
    [Fact]
    public async Task Poison_goes_to_the_dead_letters_with_its_reason_and_blocks_nothing()
    {
        await using var fixture = await SourceFixture.StartAsync();
        string[] poison = ["no JSON", "[]", "{}", """{"topic":"a"}""", """{"payload":"b"}""", SourceFixture.Event("x", "a/#"), SourceFixture.Event("x", more: "\"qos\":3")];
        foreach (var entry in poison)
        {
            await fixture.Database.ListLeftPushAsync(SourceFixture.List, entry);
            await fixture.PushAsync(["good"]);
        }

        var source = fixture.Run();

        await fixture.AcceptedAsync([.. poison.Select(_ => "good")]);
        await fixture.DrainedAsync();
        var letters = (await fixture.Database.ListRangeAsync(SourceFixture.Dead)).Reverse().Select(letter => JsonNode.Parse((string)letter!)!).ToArray();
        Assert.Equal(poison, letters.Select(letter => (string?)letter["event"]));
        Assert.All(letters, letter => Assert.InRange((double)letter["time"]!, 1_700_000_000, 10_000_000_000));
        Assert.Equal("The event is not JSON.", (string?)letters[0]["reason"]);
        Assert.Equal("The qos of the event is not 0, 1 or 2.", (string?)letters[^1]["reason"]);
        Assert.Equal((7, 7), (source.State.DeadLettered, source.State.Accepted));
        Assert.Equal("The qos of the event is not 0, 1 or 2.", source.State.LastFault?.Reason);
        fixture.Logger.ThrowIfLogged("no JSON");
    }

    [Fact]
    public async Task Bytes_that_are_no_text_are_kept_whole()
    {
        await using var fixture = await SourceFixture.StartAsync();
        byte[] bytes = [0xFF, 0x00, 0xFE];
        await fixture.Database.ListLeftPushAsync(SourceFixture.List, bytes);

        fixture.Run();

        await fixture.DrainedAsync();
        var letter = JsonNode.Parse((string)(await fixture.Database.ListGetByIndexAsync(SourceFixture.Dead, 0))!)!;
        Assert.Equal(bytes, letter["eventBase64"]!.AsValue().GetValue<string>() is var text ? Convert.FromBase64String(text) : []);
    }

    [Fact]
    public async Task The_dead_letters_are_bounded_and_the_oldest_go()
    {
        await using var fixture = await SourceFixture.StartAsync();
        var excess = 300;
        var batch = Enumerable.Range(0, DeadLetter.MaximumCount + excess).Select(i => (RedisValue)$"poison {i}").ToArray();
        foreach (var chunk in batch.Chunk(1_000)) await fixture.Database.ListLeftPushAsync(SourceFixture.List, chunk);

        var source = fixture.Run();

        await fixture.DrainedAsync();
        await Eventually.TrueAsync("all are counted", () => source.State.DeadLettered == batch.Length, TestContext.Current.CancellationToken, state: () => source.State);
        Assert.Equal(DeadLetter.MaximumCount, await fixture.Database.ListLengthAsync(SourceFixture.Dead));
        Assert.Contains($"\"poison {excess}\"", (string)(await fixture.Database.ListGetByIndexAsync(SourceFixture.Dead, -1))!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Large_events_pass_and_too_large_ones_are_dead_letters()
    {
        await using var fixture = await SourceFixture.StartAsync();
        var large = new string('x', 3 << 20);
        for (var i = 0; i < 8; i++) await fixture.PushAsync([$"{i}{large}"]);
        await fixture.PushAsync([new string('y', EventReader.MaximumBytes), "small"]);

        fixture.Run();

        await fixture.AcceptedAsync([.. Enumerable.Range(0, 8).Select(i => $"{i}{large}"), "small"]);
        await fixture.DrainedAsync();
        var letter = JsonNode.Parse((string)(await fixture.Database.ListGetByIndexAsync(SourceFixture.Dead, 0))!)!;
        Assert.Contains("larger than 16 MiB", (string?)letter["reason"], StringComparison.Ordinal);
        Assert.True((long)letter["bytes"]! > EventReader.MaximumBytes);
    }

    [Fact]
    public async Task A_key_of_another_type_in_the_place_of_the_dead_letters_is_told_and_loses_nothing()
    {
        await using var fixture = await SourceFixture.StartAsync();
        await fixture.Database.StringSetAsync(SourceFixture.Dead, "mine");
        await fixture.Database.ListLeftPushAsync(SourceFixture.List, "poison");

        var source = fixture.Run();
        await SourceFixture.StateAsync(source, SourceActivity.Waiting, "of another type");
        Assert.Equal(1, await fixture.Database.ListLengthAsync(SourceFixture.List) + await fixture.Database.ListLengthAsync(SourceFixture.InWork));

        await fixture.Database.KeyDeleteAsync(SourceFixture.Dead);
        await Eventually.TrueAsync("the poison is a dead letter", () => source.State.DeadLettered == 1, TestContext.Current.CancellationToken, state: () => source.State);
    }
}
