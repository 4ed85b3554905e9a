using Plotune.Mqtt.Client.Session;

namespace Plotune.Mqtt.Client.Tests.Session;

public sealed class RetryPolicyTests
{
    private static readonly RetryPolicy Policy = new(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(60));

    [Theory]
    [InlineData(1, 0.0, 1.0)]
    [InlineData(1, 0.5, 1.5)]
    [InlineData(2, 0.5, 2.5)]
    [InlineData(3, 0.5, 4.5)]
    [InlineData(6, 0.5, 30.5)]
    [InlineData(6, 0.0, 1.0)]
    [InlineData(1_000_000, 0.5, 30.5)]
    public void Delay_lies_anywhere_between_the_first_and_the_exponential_one(int retry, double random, double seconds) =>
        Assert.Equal(seconds, Policy.DelayFor(retry, ReasonClass.Retry, random).TotalSeconds, 3);

    [Fact]
    public void Delay_never_exceeds_the_longest() =>
        Assert.All(Enumerable.Range(1, 100), retry => Assert.InRange(Policy.DelayFor(retry, ReasonClass.Retry, 0.999999), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(60)));

    [Theory]
    [InlineData(0.0, 30)]
    [InlineData(0.5, 45)]
    public void Slow_retry_takes_at_least_half_of_the_longest_delay(double random, double seconds) =>
        Assert.Equal(seconds, Policy.DelayFor(1, ReasonClass.RetrySlowly, random).TotalSeconds, 3);

    [Fact]
    public void First_delay_beyond_the_longest_is_cut() =>
        Assert.Equal(TimeSpan.FromSeconds(5), new RetryPolicy(TimeSpan.FromSeconds(9), TimeSpan.FromSeconds(5)).DelayFor(3, ReasonClass.Retry, 0.7));
}
