using Microsoft.Extensions.Time.Testing;
using MQTTnet.Formatter;
using Plotune.Mqtt.Client.Receive;
using static Plotune.Mqtt.Client.Tests.Receive.Packets;

namespace Plotune.Mqtt.Client.Tests.Receive;

public sealed class GatheringTests : IDisposable
{
    private static readonly TimeSpan Long = TimeSpan.FromMilliseconds(10);

    private readonly FakeTimeProvider _time = new();
    private readonly List<TimeSpan> _sleeps = [];
    private readonly Answers _answers = new();
    private readonly ReadPause _pause = new() { Value = Long };
    private readonly Lane _lane;

    public GatheringTests()
    {
        var pacer = new ReadPacer(_pause, _time, pause =>
        {
            _sleeps.Add(pause);
            _time.Advance(pause);
        });
        _lane = new Lane(MqttProtocolVersion.V500, timeProvider: _time, answers: _answers, pacer: pacer);
        _lane.Channel.Feed(ConnAck5);

        // After as many messages without a gap between them the stream is fast.
        for (int message = 0; message < 3; message++)
            _lane.Channel.Feed(Publish5("t", "fast"));
    }

    [Fact]
    public async Task Messages_that_gathered_have_ages_by_the_bytes_behind_them_whole_or_cut()
    {
        byte[] cut = Publish5("t", "0123456789");
        Assert.Equal((10, 16), (Publish5("t", "1234").Length, cut.Length));
        // Fifty bytes in ten milliseconds, then twenty.
        _lane.Channel.Feed([.. Publish5("t", "1--1"), .. Publish5("t", "2--2"), .. Publish5("t", "3--3"), .. Publish5("t", "4--4"), .. cut[..10]]);
        _lane.Channel.Feed([.. cut[10..], .. Publish5("t", "5------5")]);

        await RunAsync();

        Assert.Equal([Long, Long, Long], _sleeps);
        Assert.Equal([0, 0, 0, 8000, 6000, 4000, 2000, 7000, 0], Ages());
    }

    [Fact]
    public async Task Times_of_arrival_never_go_backwards_whatever_is_cut_where()
    {
        var random = new Random(7);
        byte[] stream = [.. Enumerable.Range(0, 2000).SelectMany(i => Publish5("t", new string('x', random.Next(0, 100))))];
        for (int start = 0; start < stream.Length;)
        {
            int count = Math.Min(random.Next(1, random.Next(2, 10_000)), stream.Length - start);
            _lane.Channel.Feed(stream[start..(start + count)]);
            start += count;
        }
        var handler = new ArrivalHandler(_time);
        using var adapter = new ReceiveLaneAdapter(
            _lane.Channel, MqttProtocolVersion.V500, new LaneOptions(), new LaneSession(), handler, Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance, _time, pacer: new ReadPacer(_pause, _time, Sleep));
        _lane.Channel.End();

        while (await adapter.ReceivePacketAsync(CancellationToken.None) is not null)
        {
        }

        Assert.Equal(2003, handler.Arrivals.Count);
        Assert.NotEmpty(_sleeps);
        Assert.Contains(handler.Arrivals, arrival => arrival.Age > 0);
        Assert.Equal(handler.Arrivals.Select(arrival => arrival.Micros).Order(), handler.Arrivals.Select(arrival => arrival.Micros));

        // Now and then interrupted, and never to the letter.
        void Sleep(TimeSpan pause)
        {
            _sleeps.Add(pause);
            _time.Advance(pause * (random.Next(5) == 0 ? random.NextDouble() : 1 + random.NextDouble()));
        }
    }

    [Fact]
    public async Task What_was_waited_for_after_a_pause_has_just_come()
    {
        _lane.Start();
        await _lane.IdleAsync();
        _time.Advance(TimeSpan.FromMilliseconds(6));

        _lane.Channel.Feed([.. Publish5("t", "1"), .. Publish5("t", "2")]);
        await RunAsync();

        Assert.Equal([0, 0, 0, 0, 0], Ages());
    }

    [Fact]
    public async Task A_message_that_the_broker_wants_acknowledged_ends_the_gathering()
    {
        _lane.Channel.Feed(Publish5("t", "1", qualityOfService: 1, identifier: 1));
        _lane.Channel.Feed([.. Publish5("t", "2"), .. Publish5("t", "3")]);

        await RunAsync();

        Assert.Equal([Long, Long], _sleeps);
        Assert.Equal([0, 0, 0, 0, 0, 0], Ages());
    }

    [Fact]
    public async Task While_the_broker_owes_answers_to_our_own_messages_nothing_gathers_for_long()
    {
        _answers.AreAwaited = true;
        _lane.Channel.Feed([.. Publish5("t", "1"), .. Publish5("t", "2")]);

        await RunAsync();

        Assert.Empty(_sleeps);
        Assert.Equal([0, 0, 0, 0, 0], Ages());
    }

    public void Dispose() => _lane.Dispose();

    private async Task RunAsync()
    {
        _lane.Channel.End();
        if (_lane.Receiving.IsCompleted)
            _lane.Start();
        await _lane.Receiving.WaitAsync(TimeSpan.FromSeconds(20));
    }

    private int[] Ages() => [.. _lane.Handler.Messages.Select(message => message.AgeMicros)];

    private sealed class Answers : IPublishAnswers
    {
        public bool AreAwaited { get; set; }

        public ProtocolViolation? Answered(PacketType type, ReadOnlySpan<byte> body) => null;
    }

    /// <summary>Reads the clock at the first message of a batch, as the worker does; handing over takes its time.</summary>
    private sealed class ArrivalHandler(FakeTimeProvider time) : IPublishHandler
    {
        private long? _read;

        public List<(long Micros, int Age)> Arrivals { get; } = [];

        public bool OnPublish(in InboundPublish publish)
        {
            _read ??= time.GetUtcNow().Ticks / TimeSpan.TicksPerMicrosecond;
            Arrivals.Add((_read.Value - publish.AgeMicros, publish.AgeMicros));
            return Arrivals.Count % 10 != 0;
        }

        public ValueTask HandOverAsync(CancellationToken cancellationToken)
        {
            _read = null;
            time.Advance(TimeSpan.FromTicks(33));
            return default;
        }
    }
}
