using System.Globalization;
using Microsoft.Extensions.Time.Testing;
using Plotune.Mqtt.Agent.Bridge;

namespace Plotune.Mqtt.Agent.Tests.Bridge;

public sealed class SampleGateTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly List<string> _passed = [];
    private int _leftOut;

    [Fact]
    public void Without_options_all_pass()
    {
        Offer(new SampleGate(BridgeOptions.None, _time), 1, 1, 1);

        Assert.Equal(["1", "1", "1"], _passed);
        Assert.Equal(0, _leftOut);
    }

    [Fact]
    public void Of_a_burst_the_first_passes_at_once_and_the_last_when_its_time_has_come()
    {
        var gate = new SampleGate(new BridgeOptions(10, 0), _time);
        Offer(gate, 1, 2, 3, 4);
        Assert.Equal(["1"], _passed);
        Assert.Equal(TimeSpan.FromMilliseconds(100), gate.DueIn);
        Take(gate);
        Assert.Equal(["1"], _passed);

        _time.Advance(TimeSpan.FromMilliseconds(100));
        Assert.Equal(TimeSpan.Zero, gate.DueIn);
        Take(gate);

        Assert.Equal(["1", "4"], _passed);
        Assert.Equal(2, _leftOut);
        Assert.Null(gate.DueIn);
    }

    [Fact]
    public void A_new_sample_overtakes_one_whose_time_has_come()
    {
        var gate = new SampleGate(new BridgeOptions(10, 0), _time);
        Offer(gate, 1, 2);
        _time.Advance(TimeSpan.FromMilliseconds(100));

        Offer(gate, 3);

        Assert.Equal(["1", "3"], _passed);
        Assert.Equal(1, _leftOut);
        Assert.Null(gate.Held);
    }

    [Fact]
    public void What_is_slower_than_the_limit_passes_at_once()
    {
        var gate = new SampleGate(new BridgeOptions(10, 0), _time);
        foreach (var number in (double[])[1, 2, 3])
        {
            Offer(gate, number);
            _time.Advance(TimeSpan.FromMilliseconds(100));
        }

        Assert.Equal(["1", "2", "3"], _passed);
    }

    [Theory]
    [InlineData(0.5, new[] { 1, 1.4, 1.5, 1.9, 1.1, 0.9 }, "1 1.5 0.9")]
    [InlineData(0, new[] { 1.0, 1, 1 }, "1 1 1")]
    [InlineData(0.5, new[] { 1, double.NaN, 1, 1.2 }, "1 NaN 1")]
    public void A_number_within_the_dead_band_of_the_last_one_that_passed_is_left_out(double deadBand, double[] numbers, string passed)
    {
        Offer(new SampleGate(new BridgeOptions(0, deadBand), _time), numbers);

        Assert.Equal(passed, string.Join(' ', _passed));
        Assert.Equal(numbers.Length - _passed.Count, _leftOut);
    }

    [Fact]
    public void A_burst_that_ends_where_it_began_says_nothing_new()
    {
        var gate = new SampleGate(new BridgeOptions(10, 0.5), _time);
        Offer(gate, 1, 9, 1);
        _time.Advance(TimeSpan.FromMilliseconds(100));

        Take(gate);

        Assert.Equal(["1"], _passed);
        Assert.Equal(2, _leftOut);
    }

    [Fact]
    public void A_lifted_limit_lets_the_held_sample_go()
    {
        var gate = new SampleGate(new BridgeOptions(0.001, 0), _time);
        Offer(gate, 1, 2);

        gate.Options = BridgeOptions.None;

        Assert.Equal(TimeSpan.Zero, gate.DueIn);
        Take(gate);
        Assert.Equal(["1", "2"], _passed);
    }

    [Fact]
    public void At_the_end_the_held_sample_is_given_away()
    {
        var gate = new SampleGate(new BridgeOptions(0.001, 0), _time);
        Offer(gate, 1, 2, 3);

        Note(gate.TakeHeld());

        Assert.Equal(["1", "3"], _passed);
    }

    private void Offer(SampleGate gate, params double[] numbers)
    {
        foreach (var number in numbers) Note(gate.Offer(new BridgeSample(default, number, null)));
    }

    private void Take(SampleGate gate) => Note(gate.TakeDue());

    private void Note((BridgeSample? Passed, int LeftOut) outcome)
    {
        if (outcome.Passed is { } sample) _passed.Add(sample.Number.ToString(CultureInfo.InvariantCulture));
        _leftOut += outcome.LeftOut;
    }
}
