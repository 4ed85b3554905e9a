using System.Text;
using Plotune.Mqtt.Agent.Configuration;
using Plotune.Mqtt.Agent.Signals;
using Plotune.Mqtt.Agent.Tests.Signals;
using Plotune.Mqtt.Payloads;

namespace Plotune.Mqtt.Agent.Tests.Monitor;

public sealed class SignalTapTests
{
    private readonly SignalStore _store = new(new AgentLimits { HistoryLength = 3 });
    private WorkerSignals _run;

    public SignalTapTests() => _run = _store.BeginRun("plant");

    [Fact]
    public void The_history_comes_first_then_every_sample()
    {
        Define(0, "a");
        Append(0, 1, 2, 3, 4);
        var target = new RecordingTap();
        using var tap = _store.Tap("a", target, 10);
        Append(0, 5, 6);

        Assert.Equal(["h2", "h3", "h4", "5", "6"], target.Seen);
        Assert.Equal("a", tap.Signal!.Key);
    }

    [Fact]
    public void Of_a_long_history_only_the_newest_samples_are_told()
    {
        Define(0, "a");
        Append(0, 1, 2, 3);
        var target = new RecordingTap();
        using var tap = _store.Tap("a", target, 2);

        Assert.Equal(["h2", "h3"], target.Seen);
    }

    [Fact]
    public void A_signal_that_appears_later_is_seen_from_its_first_sample_on()
    {
        var target = new RecordingTap();
        using var tap = _store.Tap("x_y", target, 10);
        Assert.Null(tap.Signal);
        Define(0, "x/y");
        Append(0, 1);

        Assert.Equal(["1"], target.Seen);
    }

    [Fact]
    public void A_signal_that_was_removed_and_comes_back_is_seen_again()
    {
        Define(0, "a");
        var target = new RecordingTap();
        using var tap = _store.Tap("a", target, 10);
        Append(0, 1);
        _store.RemoveConnection("plant");
        Append(0, 2);
        _run = _store.BeginRun("plant");
        Define(0, "a");
        Append(0, 3);

        Assert.Equal(["1", "3"], target.Seen);
    }

    [Fact]
    public void A_tap_sees_its_own_signal_alone_and_nothing_once_it_has_ended()
    {
        Define(0, "a");
        Define(1, "b");
        var (first, second) = (new RecordingTap(), new RecordingTap());
        var tap = _store.Tap("a", first, 10);
        using var other = _store.Tap("a", second, 10);
        Append(0, 1);
        Append(1, 9);
        tap.Dispose();
        tap.Dispose();
        Append(0, 2);

        Assert.Equal(["1"], first.Seen);
        Assert.Equal(["1", "2"], second.Seen);
    }

    [Fact]
    public void A_tap_that_ended_before_its_signal_appeared_sees_nothing()
    {
        var target = new RecordingTap();
        _store.Tap("a", target, 10).Dispose();
        Define(0, "a");
        Append(0, 1);

        Assert.Empty(target.Seen);
    }

    [Fact]
    public void A_name_that_is_not_the_key_is_no_signal()
    {
        Define(0, "x/y");
        var target = new RecordingTap();
        using var byTopic = _store.Tap("x/y", target, 10);
        using var byPattern = _store.Tap("x*", target, 10);
        Append(0, 1);

        Assert.Empty(target.Seen);
    }

    [Fact]
    public void Texts_come_as_the_history_holds_them()
    {
        _run.Define(0, "a", "", SignalValueKind.Text);
        var target = new RecordingTap();
        using var tap = _store.Tap("a", target, 10);
        _run.Append(new SampleFrame().Text(0, 1, "grün").Text(0, 2, "grün").Reader);

        Assert.Equal(["grün", "grün"], target.Seen);
        Assert.Same(target.Texts[0], target.Texts[1]);
    }

    private void Define(int id, string topic) => _run.Define(id, topic, "", SignalValueKind.Number);

    private void Append(int id, params double[] numbers)
    {
        foreach (var number in numbers) _run.Append(SampleFrame.Of(id, (long)number, number).Reader);
    }

    private sealed class RecordingTap : ISampleTap
    {
        public List<string> Seen { get; } = [];

        public List<byte[]?> Texts { get; } = [];

        public void TakeHistory(in HistorySample sample) => Seen.Add($"h{sample.Number}");

        public void Take(long timeMicros, SignalValueKind kind, double number, byte[]? text)
        {
            Texts.Add(text);
            Seen.Add(text is null ? $"{number}" : Encoding.UTF8.GetString(text));
        }
    }
}
