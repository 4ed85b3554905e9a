using Microsoft.Extensions.Time.Testing;
using Plotune.Mqtt.Agent.Configuration;
using Plotune.Mqtt.Agent.Supervision;

namespace Plotune.Mqtt.Agent.Tests.Supervision;

public sealed class RestartPolicyTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly RestartPolicy _policy;

    public RestartPolicyTests()
    {
        var limits = new AgentLimits();
        _policy = new RestartPolicy(limits.RestartDelay, limits.RestartDelayMaximum, limits.StableAfter, _time);
    }

    [Fact]
    public void Delays_double_with_jitter_up_to_the_maximum_for_ever()
    {
        double[] nominal = [0.5, 1, 2, 4, 8, 16, 30, 30, 30];
        foreach (var seconds in nominal)
        {
            _policy.Started();
            Assert.InRange(_policy.Lost().TotalSeconds, seconds * 0.8, seconds);
        }

        for (var i = 0; i < 10_000; i++)
            _policy.Lost();
        Assert.InRange(_policy.Lost().TotalSeconds, 24, 30);
    }

    [Fact]
    public void A_stable_minute_starts_the_delays_afresh()
    {
        for (var i = 0; i < 5; i++)
            _policy.Lost();
        _policy.Started();
        _time.Advance(TimeSpan.FromSeconds(59));
        Assert.True(_policy.Lost().TotalSeconds > 10);

        _policy.Started();
        _time.Advance(TimeSpan.FromSeconds(60));

        Assert.InRange(_policy.Lost().TotalSeconds, 0.4, 0.5);
        Assert.Equal(1, _policy.Attempt);
    }
}
