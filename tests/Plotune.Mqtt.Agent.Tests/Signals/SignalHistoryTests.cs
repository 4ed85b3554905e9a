using Microsoft.Extensions.Time.Testing;
using Plotune.Mqtt.Agent.Configuration;
using Plotune.Mqtt.Agent.Signals;
using Plotune.Mqtt.Payloads;

namespace Plotune.Mqtt.Agent.Tests.Signals;

public sealed class SignalHistoryTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(9)]
    [InlineData(16)]
    [InlineData(17)]
    [InlineData(240)]
    public void The_newest_samples_are_kept_in_order(int limit)
    {
        var (store, run, signal) = Create(new AgentLimits { HistoryLength = limit });
        for (var i = 0; i < 1000; i++)
            run.Append(SampleFrame.Of(0, i, i * 0.5).Reader);

        var history = store.History(signal);

        Assert.Equal(Enumerable.Range(1000 - limit, limit).Select(i => new TimedValue(i, SignalValueKind.Number, i * 0.5)), history);
        Assert.Equal(1000, signal.SampleCount);
        Assert.Equal(history[^1], signal.Latest);
    }

    [Fact]
    public void Kinds_may_change_from_sample_to_sample()
    {
        var (store, run, signal) = Create(new AgentLimits { HistoryLength = 10 });
        for (var i = 0; i < 37; i++)
            run.Append(new SampleFrame().Number(0, i, i).Text(0, i, $"t{i / 3}", cut: i % 2 == 0).Boolean(0, i, i % 2 == 0).Gap(0, i).Number(0, i, i, retained: true).Reader);

        Assert.Equal(
            [
                new TimedValue(36, SignalValueKind.Number, 36), new TimedValue(36, SignalValueKind.Text, 0, "t12", TextCut: true), new TimedValue(36, SignalValueKind.Boolean, 1),
                new TimedValue(36, SignalValueKind.Gap, 0), new TimedValue(36, SignalValueKind.Number, 36, Retained: true),
            ],
            store.History(signal)[^5..]);
        Assert.Equal(10, store.History(signal).Length);
    }

    [Fact]
    public void A_signal_with_retained_samples_only_says_so()
    {
        var (_, run, signal) = Create(new AgentLimits());
        Assert.False(signal.IsRetainedOnly);
        run.Append(SampleFrame.Of(0, 1, 1, retained: true).Reader);
        Assert.True(signal.IsRetainedOnly);
        run.Append(SampleFrame.Of(0, 2, 1).Reader);
        Assert.False(signal.IsRetainedOnly);
    }

    [Fact]
    public void Texts_past_the_bound_push_out_the_oldest_samples_and_are_counted()
    {
        var (store, run, signal) = Create(new AgentLimits { HistoryTextBytesPerSignal = 1000 });
        for (var i = 0; i < 50; i++)
            run.Append(new SampleFrame().Text(0, i, $"{i:000}{new string('x', 97)}").Reader);

        Assert.Equal(10, store.History(signal).Length);
        Assert.Equal(40, store.HistorySamplesDropped);
    }

    [Fact]
    public void A_ring_that_lost_samples_to_texts_still_grows_in_order()
    {
        var (store, run, signal) = Create(new AgentLimits { HistoryTextBytesPerSignal = 600 });
        for (var i = 0; i < 10; i++)
            run.Append(new SampleFrame().Text(0, i, $"{i:000}{new string('x', 97)}").Reader);
        for (var i = 10; i < 100; i++)
            run.Append(SampleFrame.Of(0, i, i).Reader);

        Assert.Equal(Enumerable.Range(4, 96).Select(i => (long)i), store.History(signal).Select(value => value.TimeMicros));
        Assert.StartsWith("009x", store.History(signal)[5].Text, StringComparison.Ordinal);
        Assert.Equal(99, signal.Latest!.Value.Number);
    }

    [Fact]
    public void Past_the_bound_of_the_connection_a_signal_keeps_its_newest_text()
    {
        var (store, run, signal) = Create(new AgentLimits { HistoryTextBytesPerConnection = 100 });
        for (var i = 0; i < 5; i++)
            run.Append(new SampleFrame().Text(0, i, $"{i}{new string('x', 99)}").Reader);

        Assert.Equal(4, store.History(signal).Single().TimeMicros);
    }

    [Fact]
    public void The_same_text_again_and_again_takes_no_room()
    {
        var (store, run, signal) = Create(new AgentLimits { HistoryTextBytesPerSignal = 500, HistoryTextBytesPerConnection = 500 });
        for (var i = 0; i < 1000; i++)
            run.Append(new SampleFrame().Text(0, i, i < 900 ? new string('a', 300) : new string('b', 300)).Reader);

        Assert.Equal(100, store.History(signal).Length);
        Assert.Equal(300, signal.Owner.Texts.Used);
        store.RemoveConnection("plant");
        Assert.Equal(0, signal.Owner.Texts.Used);
    }

    [Fact]
    public void Bytes_that_are_no_text_become_replacement_characters()
    {
        var (_, run, signal) = Create(new AgentLimits());
        run.Append(new SampleFrame().Text(0, 1, [(byte)'a', 0xFF, (byte)'b']).Reader);

        Assert.Equal("a\uFFFDb", signal.Latest!.Value.Text);
    }

    [Fact]
    public void Samples_of_a_run_that_was_replaced_no_longer_count()
    {
        var (store, run, signal) = Create(new AgentLimits());
        store.BeginRun("plant");

        Assert.Equal(0, run.Append(SampleFrame.Of(0, 1, 1).Reader));
        Assert.Null(signal.Latest);
    }

    [Fact]
    public void The_rate_is_taken_over_the_last_seconds()
    {
        var time = new FakeTimeProvider();
        var store = new SignalStore(new AgentLimits(), time);
        var run = store.BeginRun("plant");
        run.Define(0, "t", "", SignalValueKind.Number);
        for (var tick = 0; tick < 5; tick++)
        {
            store.UpdateRates();
            time.Advance(TimeSpan.FromSeconds(2));
            for (var i = 0; i < 20; i++)
                run.Append(SampleFrame.Of(0, i, i).Reader);
        }

        store.UpdateRates();
        Assert.Equal(10, store.Find("t")!.Rate, 3);

        time.Advance(TimeSpan.FromSeconds(2));
        store.UpdateRates();
        time.Advance(TimeSpan.FromSeconds(2));
        store.UpdateRates();
        Assert.Equal(0, store.Find("t")!.Rate, 3);
    }

    private static (SignalStore Store, WorkerSignals Run, Signal Signal) Create(AgentLimits limits)
    {
        var store = new SignalStore(limits);
        var run = store.BeginRun("plant");
        run.Define(0, "t", "", SignalValueKind.Number);
        return (store, run, store.Find("t")!);
    }
}
