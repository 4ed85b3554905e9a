using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;
using Microsoft.Extensions.Time.Testing;
using Plotune.Mqtt.Agent.Bridge;
using Plotune.Mqtt.Agent.Outbound;
using Plotune.Mqtt.Agent.Storage;
using Plotune.Mqtt.Client;
using Plotune.Mqtt.TestSupport;

namespace Plotune.Mqtt.Agent.Tests.Bridge;

/// <summary>The way from a source's socket into the outbound queue, and every fault on it.</summary>
public sealed class VariableFeedTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Samples_go_to_the_producers_queue_in_order_as_its_settings_say()
    {
        await using var source = await StandInSource.StartAsync();
        source.History = [Sample(1), Sample(2)];
        await using var fixture = new BridgeFixture();
        await fixture.Connections.PutAsync(BridgeFixture.Producer("plant", "hall") with { Retain = true, ProducerQos = QualityOfService.ExactlyOnce }, Cancel);
        await fixture.RunAsync();
        await fixture.ConnectAsync("motor", source);

        await source.SendAsync(Sample(3), Sample(4));
        await fixture.UntilAcceptedAsync(4);

        Assert.Equal(Payloads(1, 4), fixture.Queues.Payloads);
        Assert.All(fixture.Queues.Accepted, entry => Assert.Equal(
            ("plant", "bridge:motor", "hall/motor", QualityOfService.ExactlyOnce, true, true),
            (entry.Connection, entry.Source, entry.Message.Topic, entry.Message.QualityOfService, entry.Message.Retain, entry.Message.IsJson)));
        var state = fixture.Bridge("motor").State;
        Assert.Equal((4, 4, 0, 0), (state.Received, state.Accepted, state.Unreadable, state.Repeated));
    }

    [Fact]
    public async Task A_source_that_restarts_is_found_again_and_its_history_is_not_published_twice()
    {
        await using var source = await StandInSource.StartAsync();
        await using var fixture = await BridgeFixture.StartAsync();
        await fixture.ConnectAsync("motor", source);
        await source.SendAsync(Sample(1), Sample(2));
        await fixture.UntilAcceptedAsync(2);

        await source.SwitchOffAsync();
        await fixture.UntilAsync("motor", "the loss is shown", bridge => bridge.State is { Activity: BridgeActivity.Waiting, Attempt: > 1 } && bridge.State.Reason.Contains("cannot be reached", StringComparison.Ordinal));
        source.History = [Sample(1), Sample(2), Sample(3)];
        await source.SwitchOnAsync();
        await fixture.UntilAcceptedAsync(3);
        await fixture.UntilAsync("motor", "it is connected", bridge => bridge.State is { Activity: BridgeActivity.Connected, Reason: "" } && source.Connected == 1);
        await source.SendAsync(Sample(4));
        await fixture.UntilAcceptedAsync(4);

        Assert.Equal(Payloads(1, 4), fixture.Queues.Payloads);
        Assert.Equal(2, fixture.Bridge("motor").State.Repeated);
        Assert.Single(fixture.Logger.Entries, entry => entry.EventId.Id == 3711);
    }

    [Fact]
    public async Task A_source_whose_clock_begins_anew_at_each_start_loses_nothing()
    {
        await using var source = await StandInSource.StartAsync();
        await using var fixture = await BridgeFixture.StartAsync();
        await fixture.ConnectAsync("motor", source);
        await source.SendAsync("""{"time":0,"val":10}""", """{"time":0.1,"val":11}""");
        await fixture.UntilAcceptedAsync(2);

        await source.SwitchOffAsync();
        source.History = ["""{"time":0,"val":20}""", """{"time":0.1,"val":21}"""];
        await source.SwitchOnAsync();

        await fixture.UntilAcceptedAsync(4);
        Assert.Equal(0, fixture.Bridge("motor").State.Repeated);
    }

    [Fact]
    public async Task A_source_that_falls_silent_and_answers_no_ping_is_connected_to_again()
    {
        await using var source = new SilentSource();
        await using var fixture = await BridgeFixture.StartAsync(BridgeFixture.Limits with { PingInterval = TimeSpan.FromMilliseconds(50), PingTimeout = TimeSpan.FromMilliseconds(50) });

        await fixture.Bridges.AddAsync(new BridgeRequest("motor", new BridgeSource("127.0.0.1", source.Port)), Cancel);

        await Eventually.TrueAsync("it is connected to for the third time", () => source.Connections >= 3, Cancel);
        Assert.Contains(fixture.Logger.Entries, entry => entry.Message.Contains("has stopped answering", StringComparison.Ordinal));
        await fixture.UntilAcceptedAsync(3);
    }

    [Fact]
    public async Task An_idle_source_that_answers_pings_is_left_alone()
    {
        await using var source = await StandInSource.StartAsync();
        var limits = BridgeFixture.Limits with { PingInterval = TimeSpan.FromMilliseconds(5), PingTimeout = TimeSpan.FromSeconds(60) };
        await using var fixture = await BridgeFixture.StartAsync(limits);
        await fixture.ConnectAsync("motor", source);
        await using var silent = new SilentSource();
        await using var other = await BridgeFixture.StartAsync(limits with { PingTimeout = TimeSpan.FromMilliseconds(50) });
        await other.Bridges.AddAsync(new BridgeRequest("other", new BridgeSource("127.0.0.1", silent.Port)), Cancel);
        await Eventually.TrueAsync("many a ping has passed", () => silent.Connections >= 5, Cancel);

        await source.SendAsync("1");
        await fixture.UntilAcceptedAsync(1);

        Assert.Single(source.Targets);
    }

    [Fact]
    public async Task A_source_that_closes_the_connection_is_connected_to_again_and_its_words_are_shown()
    {
        await using var source = await StandInSource.StartAsync();
        await using var fixture = await BridgeFixture.StartAsync();
        await fixture.ConnectAsync("motor", source);

        source.Refusal = HttpStatusCode.ServiceUnavailable;
        await source.CloseAllAsync(WebSocketCloseStatus.EndpointUnavailable, "going away\r\nfor a while");
        await fixture.UntilAsync("motor", "the refusal is shown", bridge => bridge.State.Reason.Contains("it answered 503", StringComparison.Ordinal));
        source.Refusal = HttpStatusCode.NotFound;
        await fixture.UntilAsync("motor", "the refusal is shown", bridge => bridge.State.Reason.Contains("does not offer 'motor'", StringComparison.Ordinal));
        source.Refusal = null;
        await fixture.UntilAsync("motor", "it is connected", bridge => bridge.State.Activity == BridgeActivity.Connected);

        Assert.Contains(fixture.Logger.Entries, entry => entry.Message.Contains("closed the connection with code 1001 (going awayfor a while)", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_source_that_accepts_and_says_nothing_is_given_up_in_time()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        await using var fixture = await BridgeFixture.StartAsync(BridgeFixture.Limits with { ConnectTimeout = TimeSpan.FromMilliseconds(50) });

        await fixture.Bridges.AddAsync(new BridgeRequest("motor", new BridgeSource("127.0.0.1", ((IPEndPoint)listener.LocalEndpoint).Port)), Cancel);

        await fixture.UntilAsync("motor", "the reason is shown", bridge => bridge.State.Reason.Contains("did not answer within", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_source_on_IPv6_is_reached_with_and_without_brackets()
    {
        Assert.SkipUnless(Socket.OSSupportsIPv6, "This computer has no IPv6.");
        await using var source = await StandInSource.StartAsync(IPAddress.IPv6Loopback);
        await using var fixture = await BridgeFixture.StartAsync();
        foreach (var (name, host) in new[] { ("a", "::1"), ("b", "[::1]"), ("c", "::") })
            await fixture.Bridges.AddAsync(new BridgeRequest(name, BridgeSource.Parse(host, source.Port, out _)!), Cancel);
        await Eventually.TrueAsync("all are connected", () => source.Connected == 3, Cancel);

        await source.SendAsync("1");

        await fixture.UntilAcceptedAsync(3);
    }

    [Fact]
    public async Task Names_arrive_at_the_source_as_they_are()
    {
        await using var source = await StandInSource.StartAsync();
        await using var fixture = await BridgeFixture.StartAsync();
        string[] names = ["Öl °C", "50%", "a?b", "%2F", "a\\b", "a b", "\ud83d\ude00"];

        foreach (var name in names) await fixture.AddAsync(name, source);
        await Eventually.TrueAsync("all are asked for", () => source.Targets.Count == names.Length, Cancel);

        Assert.Equal(names.Order(StringComparer.Ordinal), source.Targets.Select(target => Uri.UnescapeDataString(target["/fetch/".Length..])).Order(StringComparer.Ordinal));
        Assert.Equal(source.Targets.Count, source.Targets.Count(target => target.All(char.IsAscii)));
    }

    [Fact]
    public async Task Binary_messages_and_messages_in_pieces_are_read_like_any_other()
    {
        await using var source = await StandInSource.StartAsync();
        await using var fixture = await BridgeFixture.StartAsync();
        await fixture.ConnectAsync("motor", source);

        await source.SendAsync(Encoding.UTF8.GetBytes(Sample(1)), WebSocketMessageType.Binary);
        await source.SendAsync(Encoding.UTF8.GetBytes(Sample(2)), WebSocketMessageType.Text, frameBytes: 3);
        await source.SendAsync(Encoding.UTF8.GetBytes(Sample(3)), WebSocketMessageType.Binary, frameBytes: 1);
        await source.SendAsync(Encoding.UTF8.GetBytes($$"""{"value":"{{new string('ä', 200_000)}}","timestamp":4}"""), WebSocketMessageType.Text, frameBytes: 7777);
        await source.SendAsync(Sample(5));
        await fixture.UntilAcceptedAsync(5);

        Assert.Equal(Payloads(1, 3), fixture.Queues.Payloads.Take(3));
        Assert.Equal(400_000 + """{"value":"","timestamp":4}""".Length, fixture.Queues.Accepted[3].Message.Payload.Length);
        Assert.Equal(Payloads(5, 1), fixture.Queues.Payloads.Skip(4));
    }

    [Fact]
    public async Task What_is_no_sample_is_counted_and_shown_and_harms_nothing()
    {
        await using var source = await StandInSource.StartAsync();
        await using var fixture = await BridgeFixture.StartAsync(BridgeFixture.Limits with { MaximumMessageBytes = 1000 });
        await fixture.ConnectAsync("motor", source);

        await source.SendAsync("");
        await source.SendAsync(new byte[] { 0xff, 0 }, WebSocketMessageType.Binary);
        await source.SendAsync(Encoding.UTF8.GetBytes(new string('7', 1001)), WebSocketMessageType.Text);
        await source.SendAsync(Encoding.UTF8.GetBytes(new string('7', 100_000)), WebSocketMessageType.Text, frameBytes: 999);
        await source.SendAsync(Encoding.UTF8.GetBytes(new string('7', 1000)), WebSocketMessageType.Text);
        await source.SendAsync(Sample(1));
        await fixture.UntilAcceptedAsync(2);

        var state = fixture.Bridge("motor").State;
        Assert.Equal((6, 4, 2), (state.Received, state.Unreadable, state.Accepted));
        Assert.Contains("longer than 1,000 bytes", state.LastFault, StringComparison.Ordinal);
        Assert.Single(fixture.Logger.Entries, entry => entry.EventId.Id == 3712);
        Assert.Single(source.Targets);
    }

    [Fact]
    public async Task What_comes_while_a_batch_is_stored_is_stored_as_one()
    {
        await using var source = await StandInSource.StartAsync();
        await using var fixture = await BridgeFixture.StartAsync();
        await fixture.ConnectAsync("motor", source);
        fixture.Queues.Hold();
        await source.SendAsync(Sample(1));
        await Eventually.TrueAsync("the first batch is under way", () => fixture.Queues.Attempts == 1, Cancel);

        await source.SendAsync(Enumerable.Range(2, 500).Select(Sample));
        await fixture.UntilAsync("motor", "all are read", bridge => bridge.State.Received == 501);
        fixture.Queues.Release();
        await fixture.UntilAcceptedAsync(501);

        Assert.Equal(2, fixture.Queues.Batches);
        Assert.Equal(Payloads(1, 501), fixture.Queues.Payloads);
    }

    [Fact]
    public async Task While_the_queue_does_not_take_them_the_source_is_not_read_and_nothing_is_lost()
    {
        await using var source = await StandInSource.StartAsync();
        await using var fixture = await BridgeFixture.StartAsync(BridgeFixture.Limits with { BufferSamples = 10, BatchSamples = 4 });
        await fixture.ConnectAsync("motor", source);
        fixture.Queues.Hold();

        await source.SendAsync(Enumerable.Range(1, 500).Select(Sample));
        // Four are under way at most, ten wait, and one stands before the door.
        await fixture.UntilAsync("motor", "reading has stopped", bridge => bridge.State.Received is >= 12 and <= 15);
        fixture.Queues.Release();
        await fixture.UntilAcceptedAsync(500);

        Assert.Equal(Payloads(1, 500), fixture.Queues.Payloads);
        Assert.Single(source.Targets);
    }

    [Fact]
    public async Task The_buffer_is_bounded_in_bytes_too()
    {
        var buffer = new SampleBuffer(new BridgeLimits { BufferBytes = 100 });
        await buffer.AddAsync(new BridgeSample(new byte[99], 0, null), Cancel);
        await buffer.AddAsync(new BridgeSample(new byte[1000], 0, null), Cancel);

        var third = buffer.AddAsync(new BridgeSample(new byte[1], 0, null), Cancel).AsTask();
        Assert.False(third.IsCompleted);
        var taken = new List<BridgeSample>();
        buffer.Take(taken);
        await Eventually.CompletesAsync("there is room", third, Cancel);

        Assert.Equal(2, taken.Count);
    }

    [Fact]
    public async Task Samples_that_cannot_be_stored_wait_in_order_and_the_reason_is_said_once()
    {
        await using var source = await StandInSource.StartAsync();
        await using var fixture = await BridgeFixture.StartAsync();
        await fixture.ConnectAsync("motor", source);
        fixture.Queues.Failure = new StorageException("The disk is full. Free some space.");

        await source.SendAsync(Sample(1), Sample(2), Sample(3));
        await Eventually.TrueAsync("it is tried again and again", () => fixture.Queues.Attempts >= 4, Cancel);
        Assert.Equal((BridgeActivity.Waiting, true), (fixture.Bridge("motor").State.Activity, fixture.Bridge("motor").State.Reason.Contains("Free some space.", StringComparison.Ordinal)));
        Assert.Empty(fixture.Queues.Accepted);
        fixture.Queues.Failure = null;
        await fixture.UntilAcceptedAsync(3);

        Assert.Equal(Payloads(1, 3), fixture.Queues.Payloads);
        Assert.Equal([3720, 3721], fixture.Logger.Entries.Where(entry => entry.EventId.Id is 3720 or 3721).Select(entry => entry.EventId.Id));
        await fixture.UntilAsync("motor", "all is well", bridge => bridge.State is { Activity: BridgeActivity.Connected, Reason: "" });
    }

    [Fact]
    public async Task Stopped_while_samples_cannot_be_stored_it_lets_none_overtake_them()
    {
        await using var source = await StandInSource.StartAsync();
        await using var fixture = await BridgeFixture.StartAsync();
        await fixture.ConnectAsync("motor", source);
        fixture.Queues.Hold();
        await source.SendAsync(Sample(1));
        await Eventually.TrueAsync("the first is offered", () => fixture.Queues.Attempts == 1, Cancel);
        await source.SendAsync(Sample(2), Sample(3));
        await fixture.UntilAsync("motor", "the others wait behind it", bridge => bridge.State.Received == 3);

        var stopping = fixture.Bridges.StopAsync();
        await Eventually.TrueAsync("the bridge has heard of it, and let go of the source", () => source.Connected == 0, Cancel);
        fixture.Queues.Failure = new StorageException("The disk is full. Free some space.");
        fixture.Queues.Release();
        await Eventually.CompletesAsync("it stops", stopping, Cancel);

        Assert.Equal(1, fixture.Queues.Attempts);
    }

    [Theory]
    [InlineData(OutboundVerdict.Full, "is full")]
    [InlineData(OutboundVerdict.NoConnection, "is gone")]
    public async Task A_queue_that_does_not_take_them_is_asked_again(object verdict, string reason)
    {
        await using var source = await StandInSource.StartAsync();
        await using var fixture = await BridgeFixture.StartAsync();
        await fixture.ConnectAsync("motor", source);
        fixture.Queues.Verdict = (OutboundVerdict)verdict;

        await source.SendAsync(Sample(1), Sample(2));
        await fixture.UntilAsync("motor", "the reason is shown", bridge => bridge.State.Reason.Contains(reason, StringComparison.Ordinal));
        fixture.Queues.Verdict = OutboundVerdict.Accepted;
        await fixture.UntilAcceptedAsync(2);

        Assert.Equal(Payloads(1, 2), fixture.Queues.Payloads);
    }

    [Fact]
    public async Task Bridges_follow_to_another_producer_and_wait_while_there_is_none()
    {
        await using var source = await StandInSource.StartAsync();
        await using var fixture = await BridgeFixture.StartAsync();
        await fixture.ConnectAsync("motor", source);
        await source.SendAsync(Sample(1));
        await fixture.UntilAcceptedAsync(1);

        await fixture.PutProducerAsync("newer", "hall", since: 2);
        await source.SendAsync(Sample(2));
        await fixture.UntilAcceptedAsync(2);
        await fixture.Connections.DeleteAsync("newer", Cancel);
        await fixture.Connections.DeleteAsync("plant", Cancel);
        await source.SendAsync(Sample(3));
        await fixture.UntilAsync("motor", "it waits", bridge => bridge.State is { Activity: BridgeActivity.Waiting } && bridge.State.Reason.Contains("no producer connection", StringComparison.Ordinal));
        await fixture.PutProducerAsync("third", "bench/#", since: 3);
        await fixture.UntilAcceptedAsync(3);

        Assert.Equal(["plant plotune/motor", "newer hall/motor", "third bench/motor"], fixture.Queues.Accepted.Select(entry => $"{entry.Connection} {entry.Message.Topic}"));
        Assert.Equal(Payloads(1, 3), fixture.Queues.Payloads);
    }

    [Fact]
    public async Task A_stored_bridge_leaves_its_source_alone_until_there_is_a_producer()
    {
        await using var source = await StandInSource.StartAsync();
        var store = new FakeBridgeStore();
        await store.SaveAsync(new BridgeConfig("motor", new BridgeSource("127.0.0.1", source.Port)), Cancel);
        await using var fixture = new BridgeFixture(store: store);
        await fixture.RunAsync();
        await fixture.UntilAsync("motor", "it waits", bridge => bridge.State.Activity == BridgeActivity.Waiting);
        Assert.Contains("Set as producer", fixture.Bridge("motor").State.Reason, StringComparison.Ordinal);
        Assert.Empty(source.Targets);

        await fixture.PutProducerAsync("plant");

        await fixture.UntilAsync("motor", "it is connected", bridge => bridge.State.Activity == BridgeActivity.Connected);
    }

    [Fact]
    public async Task Of_a_burst_beyond_the_rate_limit_the_last_value_arrives_when_its_time_has_come()
    {
        await using var source = await StandInSource.StartAsync();
        var time = new FakeTimeProvider();
        await using var fixture = await BridgeFixture.StartAsync(time: time);
        await fixture.ConnectAsync("motor", source, rate: 1);

        await source.SendAsync(Enumerable.Range(1, 50).Select(Sample));
        await fixture.UntilAsync("motor", "all but two are left out", bridge => bridge.State is { Skipped: 48, Accepted: 1 });
        time.Advance(TimeSpan.FromSeconds(1));
        await fixture.UntilAcceptedAsync(2);

        Assert.Equal([.. Payloads(1, 1), .. Payloads(50, 1)], fixture.Queues.Payloads);
    }

    [Fact]
    public async Task A_sample_that_waits_for_its_time_is_published_when_the_limit_is_lifted()
    {
        await using var source = await StandInSource.StartAsync();
        await using var fixture = await BridgeFixture.StartAsync();
        await fixture.ConnectAsync("motor", source, rate: 0.001);
        await source.SendAsync(Sample(1), Sample(2));
        await fixture.UntilAsync("motor", "both are read", bridge => bridge.State is { Received: 2, Accepted: 1 });

        await fixture.Bridges.ChangeAsync("motor", options => options with { SamplesPerSecond = 0 }, Cancel);

        await fixture.UntilAcceptedAsync(2);
    }

    [Fact]
    public async Task A_sample_that_waits_for_its_time_is_published_when_the_variable_is_unbridged()
    {
        await using var source = await StandInSource.StartAsync();
        await using var fixture = await BridgeFixture.StartAsync();
        await fixture.ConnectAsync("motor", source, rate: 0.001);
        await source.SendAsync(Sample(1), Sample(2));
        await fixture.UntilAsync("motor", "both are read", bridge => bridge.State.Received == 2);

        await fixture.Bridges.RemoveAsync("motor", null, Cancel);

        Assert.Equal(Payloads(1, 2), fixture.Queues.Payloads);
    }

    [Fact]
    public async Task Without_a_time_of_its_own_a_sample_has_that_of_its_arrival()
    {
        await using var source = await StandInSource.StartAsync();
        await using var fixture = await BridgeFixture.StartAsync(time: new FakeTimeProvider(DateTimeOffset.UnixEpoch.AddMicroseconds(1_766_000_000_123_456)));
        await fixture.ConnectAsync("motor", source);

        await source.SendAsync("true");
        await fixture.UntilAcceptedAsync(1);

        Assert.Equal("""{"value":true,"timestamp":1766000000.123456}""", fixture.Queues.Payloads.Single());
    }

    private static string Sample(int time) => $$"""{"timestamp":{{time}},"value":{{time}}}""";

    private static IEnumerable<string> Payloads(int first, int count) => Enumerable.Range(first, count).Select(time => $$"""{"value":{{time}},"timestamp":{{time}}}""");
}
