using Plotune.Mqtt.Agent.Supervision;

namespace Plotune.Mqtt.Agent.Tests.Supervision;

public sealed class WorkerPaceTests
{
    private readonly WorkerPace _pace = new();

    [Theory]
    [InlineData(0, 0.25)]
    [InlineData(1, 0.25)]
    [InlineData(4, 0.25)]
    [InlineData(5, 0.5)]
    [InlineData(20, 4.25)]
    [InlineData(43, 10)]
    [InlineData(44, 10)]
    [InlineData(500, 10)]
    public void Up_to_four_busy_workers_read_as_one_and_each_further_one_adds_a_quarter_of_a_millisecond_up_to_ten(int busy, double milliseconds)
    {
        _pace.Update(busy);

        Assert.Equal(milliseconds, _pace.Pause.TotalMilliseconds);
    }

    [Fact]
    public void A_pause_that_would_differ_by_a_quarter_or_less_stays_as_it_is()
    {
        double[] told = [.. new[] { 23, 27, 28, 29, 28, 24, 23, 22, 4, 5, 6, 5, 4, 0 }.Select(busy =>
        {
            _pace.Update(busy);
            return _pace.Pause.TotalMilliseconds;
        })];

        Assert.Equal([5, 5, 5, 6.5, 6.5, 6.5, 6.5, 4.75, 0.25, 0.5, 0.75, 0.5, 0.25, 0.25], told);
    }
}
