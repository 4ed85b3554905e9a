using System.Globalization;
using Microsoft.Extensions.Time.Testing;
using Plotune.Mqtt.Client;
using Plotune.Mqtt.Worker.Ingest;
using Plotune.Mqtt.Worker.Ipc;

namespace Plotune.Mqtt.Worker.Tests.Ingest;

public sealed class IngestHandlerTests : IDisposable
{
    private const long Start = 1_766_000_000_000_000;

    private readonly RecordingStream _pipe = new();
    private readonly WorkerLifetime _lifetime = new();
    private readonly IngestCounters _counters = new();
    private readonly List<WorkerNotice> _notices = [];
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UnixEpoch.AddTicks(Start * 10));

    [Fact]
    public async Task Definitions_and_descriptions_precede_the_samples_in_one_write()
    {
        var handler = CreateHandler();

        handler.OnPublish(Publishes.Create("a/b", """{"value":1.5,"unit":"bar"}"""));
        handler.OnPublish(Publishes.Create("a/c", """{"x":true,"y":["on",null]}""", retained: true));
        await HandOverAsync(handler);

        Assert.Equal(
            [
                "define 0 a/b '' Number",
                "describe 0 bar -",
                "define 1 a/c '/x' Boolean",
                "define 2 a/c '/y/0' Text",
                $"{Start} 0 = 1.5",
                $"{Start} retained 1 = true",
                $"{Start} retained 2 = 'on'",
            ],
            ReadFrames.Describe(Assert.Single(_pipe.Writes)));
    }

    [Fact]
    public async Task Known_signals_are_not_defined_again_and_order_is_kept()
    {
        var handler = CreateHandler();
        handler.OnPublish(Publishes.Create("a", "1"));
        handler.OnPublish(Publishes.Create("b", "2"));
        await HandOverAsync(handler);

        for (var i = 0; i < 4; i++)
            handler.OnPublish(Publishes.Create(i % 2 == 0 ? "a" : "b", (10 + i).ToString(CultureInfo.InvariantCulture)));
        await HandOverAsync(handler);

        Assert.Equal([$"{Start} 0 = 10", $"{Start} 1 = 11", $"{Start} 0 = 12", $"{Start} 1 = 13"], ReadFrames.Describe(_pipe.Writes[1]));
        Assert.Equal(6, _counters.Samples);
    }

    [Fact]
    public async Task A_batch_asks_for_hand_over_at_64_KiB_and_not_before()
    {
        var handler = CreateHandler();
        var publish = Publishes.Create("a", "1");
        handler.OnPublish(publish);
        await HandOverAsync(handler);

        var count = 1;
        while (handler.OnPublish(publish))
            count++;
        await HandOverAsync(handler);

        // Each message takes 12 bytes and its sample 12.
        Assert.Equal((IngestHandler.BatchLength - FrameHeader.Length + 23) / 24, count);
        Assert.InRange(_pipe.Writes[1].Length, IngestHandler.BatchLength, IngestHandler.BatchLength + 24);
    }

    [Fact]
    public async Task Many_topics_in_no_order_lose_neither_a_message_nor_their_order()
    {
        const int Topics = 3000;
        var handler = CreateHandler();
        var random = new Random(20_261_126);
        var sent = new List<string>();
        var got = new List<string>();
        var names = new Dictionary<string, string>();
        var failures = 0;
        for (var number = 0; number < 5 * Topics; number++)
        {
            // All topics once, then any; now and then one that is new, a payload that is long, and one that is no text.
            var topic = number < Topics || number % 1000 == 0 ? number : random.Next(Topics);
            var isBad = number % 501 == 500;
            var publish = isBad ? Publishes.Create($"t/{topic}", [0xFF]) : Publishes.Create($"t/{topic}", new string(' ', number % 77 == 0 ? 2000 : 0) + number);
            failures += isBad ? 1 : 0;
            if (!isBad)
                sent.Add($"t/{topic} = {number}");
            if (!handler.OnPublish(publish) || random.Next(200) == 0)
                await HandOverAsync(handler);
        }

        await HandOverAsync(handler);

        foreach (var line in _pipe.Writes.SelectMany(ReadFrames.Describe))
        {
            var words = line.Split(' ');
            if (words[0] == "define")
                names.Add(words[1], words[2]);
            else
                got.Add($"{names[words[1]]} = {words[3]}");
        }

        Assert.Equal(sent, got);
        Assert.Equal(failures, _counters.GetDecodeFailures().Values.Sum());
        Assert.Equal(sent.Count, _counters.Samples);
    }

    [Fact]
    public async Task A_hand_over_without_messages_writes_nothing()
    {
        await HandOverAsync(CreateHandler());

        Assert.Empty(_pipe.Writes);
    }

    [Fact]
    public async Task Arrival_is_the_time_of_the_batch_it_came_in()
    {
        var handler = CreateHandler();
        handler.OnPublish(Publishes.Create("a", "1"));
        await HandOverAsync(handler);
        _time.Advance(TimeSpan.FromSeconds(2));

        handler.OnPublish(Publishes.Create("a", "2"));
        await HandOverAsync(handler);

        Assert.Equal([$"{Start + 2_000_000} 0 = 2"], ReadFrames.Describe(_pipe.Writes[1]));
    }

    [Fact]
    public async Task A_message_that_was_left_to_gather_arrived_earlier_by_its_age_in_samples_and_log()
    {
        var log = new MessageLog(10, 100);
        var handler = CreateHandler(log: log);
        handler.OnPublish(Publishes.Create("a", "1") with { AgeMicros = 9000 });
        handler.OnPublish(Publishes.Create("a", """{"value":2,"timestamp":1766000000.5}""") with { AgeMicros = 8000 });
        handler.OnPublish(Publishes.Create("a", "3") with { AgeMicros = 1 });
        handler.OnPublish(Publishes.Create("a", "4"));
        await HandOverAsync(handler);

        string[] expected = [$"{Start - 9000} 0 = 1", "1766000000500000 0 = 2", $"{Start - 1} 0 = 3", $"{Start} 0 = 4"];
        Assert.Equal(expected, ReadFrames.Describe(Assert.Single(_pipe.Writes)).Skip(1));
        Assert.Equal([Start, Start - 1, Start - 8000, Start - 9000], log.Read().Select(message => (long)Math.Round(message.Time * 1e6)));
    }

    [Fact]
    public async Task Signals_past_the_limit_are_left_out_counted_and_noticed_once()
    {
        var handler = CreateHandler(new WorkerLimits { MaximumSignals = 2 });

        for (var i = 0; i < 3; i++)
            handler.OnPublish(Publishes.Create("a", """{"x":1,"y":2,"z":3}"""));
        await HandOverAsync(handler);

        Assert.Equal(2 + (3 * 2), ReadFrames.Describe(Assert.Single(_pipe.Writes)).Count);
        Assert.Equal(3, _counters.SignalsRefused);
        Assert.Equal((WorkerNoticeKinds.SignalLimit, "a"), Assert.Single(_notices.Select(notice => (notice.Kind, notice.Subject))));
    }

    [Fact]
    public async Task Topics_past_the_limit_are_counted_logged_and_noticed_once()
    {
        var log = new MessageLog(10, 100);
        var handler = CreateHandler(new WorkerLimits { MaximumSignals = 2 }, log);

        foreach (var topic in new[] { "a", "b", "c", "d", "c" })
            handler.OnPublish(Publishes.Create(topic, "not a signal: {"));
        await HandOverAsync(handler);

        Assert.Equal(4, ReadFrames.Describe(Assert.Single(_pipe.Writes)).Count);
        Assert.Equal(3, _counters.SignalsRefused);
        Assert.Equal(WorkerNoticeKinds.SignalLimit, Assert.Single(_notices).Kind);
        Assert.Equal([true, true, true, false, false], log.Read().Select(message => message.Failure is not null));
    }

    [Fact]
    public async Task Payloads_that_cannot_be_decoded_are_counted_by_reason_and_noticed_once_an_episode()
    {
        var handler = CreateHandler(new WorkerLimits { MaximumDepth = 2, MaximumLeaves = 2 });
        byte[] notText = [0xFF, 0xFE];

        for (var i = 0; i < 3; i++)
        {
            handler.OnPublish(Publishes.Create("binary", notText));
            handler.OnPublish(Publishes.Create("deep", "[[[1]]]"));
            await HandOverAsync(handler);
            _time.Advance(TimeSpan.FromSeconds(30));
        }

        handler.OnPublish(Publishes.Create("wide", "[1,2,3]"));
        Assert.Equal(
            new Dictionary<string, long> { ["not_text"] = 3, ["too_deep"] = 3, ["too_many_leaves"] = 1, ["not_signed"] = 0, ["unknown_algorithm"] = 0, ["bad_signature"] = 0 },
            _counters.GetDecodeFailures());
        Assert.Equal(["binary", "deep", "wide"], _notices.Select(notice => notice.Subject));
        Assert.Empty(_pipe.Writes);

        await HandOverAsync(handler);
        _time.Advance(TimeSpan.FromSeconds(61));
        handler.OnPublish(Publishes.Create("binary", notText));
        Assert.Equal(4, _notices.Count);
    }

    [Fact]
    public async Task Messages_of_other_parts_leave_neither_samples_nor_an_entry_in_the_log()
    {
        var log = new MessageLog(100, 4096);
        var handlers = new[] { CreateHandler(log: log, part: TopicPart.Create(0, 2)), CreateHandler(log: log, part: TopicPart.Create(1, 2)) };

        foreach (var handler in handlers)
        {
            for (var i = 0; i < 50; i++)
                Assert.True(handler.OnPublish(Publishes.Create($"t/{i}", "1", retained: i % 2 == 0)));
            await HandOverAsync(handler);
        }

        Assert.Equal(Enumerable.Range(0, 50).Select(i => $"t/{i}"), log.Read().Select(message => message.Topic).OrderBy(topic => topic.Length).ThenBy(topic => topic, StringComparer.Ordinal));
        Assert.Equal((50, 50), (_counters.Samples, _counters.LeftToOthers));
    }

    [Fact]
    public async Task A_write_that_fails_reaches_the_lane_and_ends_the_worker_quietly()
    {
        var handler = CreateHandler();
        handler.OnPublish(Publishes.Create("a", "1"));
        _pipe.Failure = new IOException("Broken pipe");

        await Assert.ThrowsAsync<IOException>(() => HandOverAsync(handler));

        Assert.Equal(WorkerEnd.AgentGone, await _lifetime.Ended);
        Assert.Equal(0, _counters.Samples);
    }

    [Fact]
    public async Task Definitions_of_long_topics_with_many_leaves_do_not_pile_up()
    {
        using var pipe = new RecordingStream(keeps: false);
        var handler = CreateHandler(pipe: pipe);

        handler.OnPublish(Publishes.Create(new string('t', 65_000), $"[{string.Join(',', Enumerable.Range(0, 4096))}]"));
        await HandOverAsync(handler);

        // All definitions together are 266 MB.
        Assert.InRange(pipe.ByteCount, 4096L * 65_000, long.MaxValue);
        Assert.InRange(pipe.LargestWrite, 1, (1 << 20) + (256 << 10));
        Assert.Equal(4096, _counters.Samples);
    }

    [Fact]
    public void A_message_of_a_known_shape_costs_no_allocation()
    {
        var handler = CreateHandler(pipe: new RecordingStream(keeps: false));
        InboundPublish[] publishes =
        [
            .. Enumerable.Range(0, 100).Select(i => Publishes.Create($"plotune/bench/t{i:0000}", $$"""{"value": {{i}}.45, "timestamp": 1766000000.123}""")),
            .. Enumerable.Range(0, 10).Select(i => Publishes.Create($"plotune/text/t{i:0000}", "some words")),
            .. Enumerable.Range(0, 10).Select(i => Publishes.Create($"plotune/nested/t{i:0000}", """{"motor":{"speed":12.5,"on":true},"phases":[1,2,3]}""")),
        ];
        Run(handler, publishes, 10_000);
        var before = GC.GetAllocatedBytesForCurrentThread();

        Run(handler, publishes, 100_000);

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    public void Dispose() => _pipe.Dispose();

    private static async Task HandOverAsync(IngestHandler handler) => await handler.HandOverAsync(TestContext.Current.CancellationToken);

    private static void Run(IngestHandler handler, InboundPublish[] publishes, int count)
    {
        for (var i = 0; i < count; i++)
        {
            if (!handler.OnPublish(in publishes[i % publishes.Length]))
                HandOverAtOnce(handler);
        }

        HandOverAtOnce(handler);
    }

    private static void HandOverAtOnce(IngestHandler handler) => Assert.True(handler.HandOverAsync(default).AsTask().IsCompletedSuccessfully);

    private IngestHandler CreateHandler(WorkerLimits? limits = null, MessageLog? log = null, RecordingStream? pipe = null, TopicPart? part = null) =>
        new(limits ?? new WorkerLimits(), new AgentPipe(new FrameWriter(pipe ?? _pipe), _lifetime), log ?? new MessageLog(100, 4096), _counters, _notices.Add, _time, part);
}
