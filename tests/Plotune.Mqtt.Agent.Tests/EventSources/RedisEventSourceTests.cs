using Plotune.Mqtt.Agent.EventSources;
using Plotune.Mqtt.Agent.EventSources.Redis;
using Plotune.Mqtt.Agent.Supervision;
using Plotune.Mqtt.Client;
using Plotune.Mqtt.TestSupport;

namespace Plotune.Mqtt.Agent.Tests.EventSources;

/// <summary>An event source on a real Redis, while all is well.</summary>
public sealed class RedisEventSourceTests
{
    private const string StatusKey = "nemo_mqtt_bridge_status";
    private const string OtherStatusKey = "NEMO_mqtt_bridge_status";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_backlog_comes_out_oldest_first_and_new_events_follow()
    {
        await using var fixture = await SourceFixture.StartAsync();
        string[] backlog = [.. Enumerable.Range(0, 1_000).Select(i => $"old {i}")];
        await fixture.PushAsync(backlog);

        var source = fixture.Run();
        await fixture.AcceptedAsync(backlog);
        await fixture.PushAsync(["new 1", "new 2"]);
        await fixture.AcceptedAsync([.. backlog, "new 1", "new 2"]);

        await fixture.DrainedAsync();
        await SourceFixture.StateAsync(source, SourceActivity.Connected);
        Assert.Equal((1_002, 0, 0), (source.State.Accepted, source.State.Pending, source.State.DeadLettered));
        fixture.Logger.ThrowOnErrors();
    }

    [Fact]
    public async Task Both_lists_are_served_and_merged_by_the_time_of_their_events()
    {
        await using var fixture = await SourceFixture.StartAsync();
        // More than is in work at once, so that the merge has to go on over batches.
        for (var i = 0; i < 900; i++)
        {
            var list = i % 3 == 0 ? SourceFixture.OtherList : SourceFixture.List;
            await fixture.Database.ListLeftPushAsync(list, SourceFixture.Event($"{i}", more: $"\"timestamp\":{1_766_000_000 + (i / 4.0):0.00}"));
        }

        fixture.Run();

        await fixture.AcceptedAsync([.. Enumerable.Range(0, 900).Select(i => $"{i}")]);
        await fixture.DrainedAsync();
        await fixture.DrainedAsync(SourceFixture.OtherList);
    }

    [Fact]
    public async Task An_event_becomes_a_message_for_every_connection_in_one_piece()
    {
        await using var fixture = await SourceFixture.StartAsync();
        fixture.Connect("elsewhere", ConnectionActivity.Waiting);
        fixture.Run(fixture.Settings() with { Connections = ["plant", "elsewhere"] });

        await fixture.Database.ListLeftPushAsync(SourceFixture.List, SourceFixture.Event("""{"event":"tool_enabled","tool_id":12}""", "nemo/tools/12/enabled", "\"qos\":2,\"retain\":true"));

        await Eventually.TrueAsync("both connections have it", () => fixture.Queues.Accepted.Count == 2, Cancel);
        Assert.Equal(["plant", "elsewhere"], fixture.Queues.Accepted.Select(accepted => accepted.Connection));
        Assert.Equal(1, fixture.Queues.Batches);
        Assert.All(fixture.Queues.Accepted, accepted => Assert.Equal(
            ("events:nemo", "nemo/tools/12/enabled", QualityOfService.ExactlyOnce, true, true, null),
            (accepted.Source, accepted.Message.Topic, accepted.Message.QualityOfService, accepted.Message.Retain, accepted.Message.IsJson, accepted.Message.Expires)));
    }

    [Fact]
    public async Task Events_switched_off_leave_the_list_unpublished_and_are_counted()
    {
        await using var fixture = await SourceFixture.StartAsync();
        var source = fixture.Run(fixture.Settings() with { Events = [new EventFilter("tool_saved", false)], TopicPrefix = "lab", Topics = [new TopicOverride("nemo/tools/+/enabled", "displays/+/on")] });

        await fixture.PushAsync(["""{"event":"tool_saved"}""", """{"event":"tool_saved"}"""]);
        await fixture.Database.ListLeftPushAsync(SourceFixture.List, SourceFixture.Event("""{"event":"tool_enabled"}""", "nemo/tools/7/enabled"));
        await fixture.PushAsync(["last"]);

        await fixture.AcceptedAsync("""{"event":"tool_enabled"}""", "last");
        await fixture.DrainedAsync();
        Assert.Equal(["displays/7/on", "lab/nemo/tools/1"], fixture.Queues.Accepted.Select(accepted => accepted.Message.Topic));
        Assert.Equal((2, 2, 0), (source.State.Accepted, source.State.FilteredOut, source.State.DeadLettered));
    }

    [Fact]
    public async Task The_status_says_whether_every_broker_is_reached_and_expires_by_itself()
    {
        await using var fixture = await SourceFixture.StartAsync();
        fixture.Connect("elsewhere", ConnectionActivity.Connecting);
        // Only what happens to a connection makes it look again.
        var source = fixture.Run(fixture.Settings() with { Connections = ["plant", "elsewhere"] }, timing: LeaseTiming.Default with { Renewal = TimeSpan.FromMinutes(1), Lifetime = TimeSpan.FromMinutes(2) });
        await StatusAsync(fixture, "disconnected");

        fixture.Connect("elsewhere");
        fixture.Connections.Raise(new ConnectionEvent(DateTimeOffset.UtcNow, ConnectionEventKind.Connected, "elsewhere", "", ""));
        await StatusAsync(fixture, "connected");
        Assert.InRange((await fixture.Database.KeyTimeToLiveAsync(StatusKey))!.Value.TotalSeconds, 1, 90);
        Assert.InRange((await fixture.Database.KeyTimeToLiveAsync(OtherStatusKey))!.Value.TotalSeconds, 1, 90);

        fixture.Connect("plant", ConnectionActivity.Waiting);
        fixture.Connections.Raise(new ConnectionEvent(DateTimeOffset.UtcNow, ConnectionEventKind.Lost, "plant", "", ""));
        await StatusAsync(fixture, "disconnected");

        fixture.Connect("plant");
        fixture.Connections.Raise(new ConnectionEvent(DateTimeOffset.UtcNow, ConnectionEventKind.Back, "plant", "", ""));
        await StatusAsync(fixture, "connected");
        await source.DisposeAsync();
        await StatusAsync(fixture, "disconnected");
        Assert.False(await fixture.Database.KeyExistsAsync(SourceFixture.Lease));
    }

    [Theory]
    [InlineData("nemo_mqtt_bridge_control")]
    [InlineData("NEMO_mqtt_bridge_control")]
    public async Task A_request_to_reload_starts_the_connections_of_the_source_anew_once(string list)
    {
        await using var fixture = await SourceFixture.StartAsync();
        fixture.Connect("other");
        await fixture.Database.ListLeftPushAsync(list, ["reload_config", "reload_config", "dance"]);

        fixture.Run();

        await Eventually.TrueAsync("a connection is started anew", () => !fixture.Connections.Restarted.IsEmpty, Cancel);
        await Eventually.TrueAsync("what is not known is told", () => fixture.Logger.Entries.Any(entry => entry.Message.Contains("'dance'", StringComparison.Ordinal)), Cancel);
        await fixture.PushAsync(["later"]);
        await fixture.AcceptedAsync("later");
        Assert.Equal(["plant"], fixture.Connections.Restarted);
        Assert.Equal(0, await fixture.Database.ListLengthAsync(list));
    }

    [Fact]
    public async Task A_source_that_is_switched_off_leaves_Redis_alone()
    {
        await using var fixture = await SourceFixture.StartAsync();
        await fixture.PushAsync(["waits"]);

        var source = fixture.Run(fixture.Settings() with { Enabled = false });

        Assert.Equal(SourceActivity.Disabled, source.State.Activity);
        Assert.Equal(1, await fixture.Database.ListLengthAsync(SourceFixture.List));
        Assert.False(await fixture.Database.KeyExistsAsync(SourceFixture.Lease));
    }

    [Fact]
    public async Task An_idle_source_sends_Redis_few_commands_between_two_renewals()
    {
        await using var fixture = await SourceFixture.StartAsync();
        var source = fixture.Run();
        await SourceFixture.StateAsync(source, SourceActivity.Connected);
        var before = await CommandsAsync(fixture);
        var last = await fixture.Database.KeyTimeToLiveAsync(SourceFixture.Lease);

        int renewals = 0, looks = 0;
        while (renewals < 4)
        {
            var next = await fixture.Database.KeyTimeToLiveAsync(SourceFixture.Lease);
            if (next > last) renewals++;
            last = next;
            looks++;
            await Task.Delay(20, Cancel);
        }

        // Of two lists, two status keys and two control lists; outside tests a renewal comes every 5 s, and every 4 s a BLMOVE for each list.
        Assert.InRange((await CommandsAsync(fixture) - before - looks) / (renewals + 1), 1, 16);
    }

    private static async Task<long> CommandsAsync(SourceFixture fixture)
    {
        var server = fixture.Database.Multiplexer.GetServers()[0];
        var stats = (await server.InfoAsync("stats")).Single().Single(entry => entry.Key == "total_commands_processed");
        return long.Parse(stats.Value, System.Globalization.CultureInfo.InvariantCulture);
    }

    private static async Task StatusAsync(SourceFixture fixture, string status)
    {
        string? seen = null;
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        deadline.CancelAfter(Eventually.DefaultDeadline);
        while (seen != $"{status} {status}")
        {
            Assert.False(deadline.IsCancellationRequested, $"The status is '{seen}' instead of '{status}'");
            seen = string.Join(' ', await Task.WhenAll(fixture.Database.StringGetAsync(StatusKey), fixture.Database.StringGetAsync(OtherStatusKey)));
            await Task.Yield();
        }
    }
}
