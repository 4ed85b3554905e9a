using Microsoft.Extensions.Time.Testing;
using Plotune.Mqtt.Agent.Api;
using Plotune.Mqtt.Agent.Signals;

namespace Plotune.Mqtt.Agent.Tests.Api;

public sealed class SendPaceTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly ViewerSlots _slots = new();

    [Theory]
    [InlineData(1, 3)]
    [InlineData(60, 3)]
    [InlineData(100, 5)]
    [InlineData(400, 20)]
    [InlineData(1000, 20)]
    public void The_more_viewers_the_slower_the_beat_within_what_an_eye_sees(int viewers, int milliseconds)
    {
        using var pace = new SendPace(_slots, _time);
        for (var viewer = 0; viewer < viewers; viewer++) Assert.True(_slots.TryTake());

        Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), pace.Interval);
    }

    [Fact]
    public void All_that_wait_go_on_at_the_same_beat_and_the_next_ones_at_the_next()
    {
        using var pace = new SendPace(_slots, _time);
        var first = pace.NextAsync();
        _time.Advance(TimeSpan.FromMilliseconds(2));
        var second = pace.NextAsync();
        Assert.False(first.IsCompleted);

        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.True(first.IsCompletedSuccessfully);
        Assert.True(second.IsCompletedSuccessfully);

        var third = pace.NextAsync();
        Assert.False(third.IsCompleted);
        _time.Advance(TimeSpan.FromMilliseconds(3));
        Assert.True(third.IsCompletedSuccessfully);
    }

    [Fact]
    public void Nobody_is_left_waiting_at_the_end()
    {
        var pace = new SendPace(_slots, _time);
        var waiting = pace.NextAsync();

        pace.Dispose();

        Assert.True(waiting.IsCompletedSuccessfully);
        Assert.True(pace.NextAsync().IsCompletedSuccessfully);
    }
}
