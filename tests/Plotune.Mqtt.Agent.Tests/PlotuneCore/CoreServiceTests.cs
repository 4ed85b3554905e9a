using System.Net;
using Plotune.Mqtt.TestSupport;

namespace Plotune.Mqtt.Agent.Tests.PlotuneCore;

public sealed class CoreServiceTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Registration_has_every_key_and_the_real_port()
    {
        await using var fixture = await CoreFixture.StartAsync();

        await fixture.AdvanceUntilAsync("a heartbeat follows the registration", () => fixture.Core.Accepted("/heartbeat").Count > 0);

        Assert.Empty(fixture.Core.Faults);
        Assert.Equal(4711, Assert.Single(fixture.Core.Accepted("/register")).GetProperty("connection").GetProperty("port").GetInt32());
    }

    [Fact]
    public async Task Heartbeats_come_every_15_seconds()
    {
        await using var fixture = await CoreFixture.StartAsync();

        await fixture.AdvanceUntilAsync("four heartbeats come", () => fixture.Core.Accepted("/heartbeat").Count >= 4);

        Assert.All(fixture.HeartbeatIntervals(), seconds => Assert.InRange(seconds, 15, 16.5));
    }

    [Fact]
    public async Task After_failures_heartbeats_come_sooner_and_the_third_one_ends_it()
    {
        await using var fixture = await CoreFixture.StartAsync();
        await fixture.AdvanceUntilAsync("a heartbeat comes", () => fixture.Core.Accepted("/heartbeat").Count == 1);
        fixture.Core.FailingRoute = "/heartbeat";
        fixture.Core.Failure = HttpStatusCode.InternalServerError;

        await fixture.AdvanceUntilAsync("Core counts as lost", () => fixture.ServiceRun.IsCompleted);

        Assert.Contains("3 heartbeats", await fixture.ServiceRun, StringComparison.Ordinal);
        Assert.Collection(
            fixture.HeartbeatIntervals(),
            first => Assert.InRange(first, 15, 16.5),
            second => Assert.InRange(second, 5, 6.5),
            third => Assert.InRange(third, 3, 4.5));
    }

    [Fact]
    public async Task One_answer_in_between_starts_the_count_afresh()
    {
        await using var fixture = await CoreFixture.StartAsync();
        await fixture.AdvanceUntilAsync("a heartbeat comes", () => fixture.Core.Accepted("/heartbeat").Count == 1);
        for (var round = 0; round < 2; round++)
        {
            fixture.Core.FailingRoute = "/heartbeat";
            fixture.Core.Failure = HttpStatusCode.ServiceUnavailable;
            await fixture.AdvanceUntilAsync("two heartbeats fail", () => fixture.Link.State.HeartbeatFailures == 2);
            fixture.Core.Failure = null;
            await fixture.AdvanceUntilAsync("the next one is answered", () => fixture.Link.State.HeartbeatFailures == 0);
        }

        Assert.False(fixture.ServiceRun.IsCompleted);
    }

    [Fact]
    public async Task Registration_waits_for_a_Core_that_is_still_starting()
    {
        await using var fixture = await CoreFixture.StartAsync(run: false);
        await fixture.Core.SwitchOffAsync();
        fixture.Run();
        await Eventually.TrueAsync("the first attempt fails", () => fixture.Link.State.Reason.Length > 0, Cancel);

        await fixture.Core.SwitchOnAsync();

        await fixture.AdvanceUntilAsync("the agent is registered", () => fixture.Link.State.Registered);
        Assert.Single(fixture.Core.Accepted("/register"));
    }

    [Fact]
    public async Task Registration_is_given_up_after_some_seconds_with_words()
    {
        await using var fixture = await CoreFixture.StartAsync(run: false);
        await fixture.Core.SwitchOffAsync();
        var started = fixture.Time.GetUtcNow();
        fixture.Run();

        await fixture.AdvanceUntilAsync("the agent gives up", () => fixture.ServiceRun.IsCompleted);

        Assert.Contains("did not take the registration", await fixture.ServiceRun, StringComparison.Ordinal);
        Assert.InRange((fixture.Time.GetUtcNow() - started).TotalSeconds, 5, 15);
    }

    [Theory]
    [InlineData(HttpStatusCode.UnprocessableEntity)]
    [InlineData(HttpStatusCode.InternalServerError)]
    public async Task Refused_registration_is_given_up_too(HttpStatusCode status)
    {
        await using var fixture = await CoreFixture.StartAsync(run: false);
        fixture.Core.Failure = status;
        fixture.Run();

        await fixture.AdvanceUntilAsync("the agent gives up", () => fixture.ServiceRun.IsCompleted);

        Assert.Contains($"{(int)status}", await fixture.ServiceRun, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_Core_that_has_forgotten_us_is_registered_with_again()
    {
        await using var fixture = await CoreFixture.StartAsync();
        await fixture.AdvanceUntilAsync("a heartbeat comes", () => fixture.Core.Accepted("/heartbeat").Count == 1);

        fixture.Core.Forget();

        await fixture.AdvanceUntilAsync("the agent registers again", () => fixture.Core.Accepted("/register").Count == 2);
        await fixture.AdvanceUntilAsync("heartbeats go on", () => fixture.Core.Accepted("/heartbeat").Count == 2);
        Assert.Equal(2, fixture.Link.State.Registration);
    }

    [Fact]
    public async Task A_known_token_goes_with_every_call_after_the_registration()
    {
        await using var fixture = await CoreFixture.StartAsync(run: false);
        fixture.Core.Token = "t0k3n";
        fixture.Run();
        fixture.AddSignals(1);

        await fixture.AdvanceUntilAsync("a heartbeat and an announcement come", () => fixture.Core.Accepted("/heartbeat").Count > 0 && fixture.Core.Variables.Count > 0);

        Assert.Empty(fixture.Core.Faults);
        Assert.All(fixture.Core.Calls, call => Assert.Equal(call.Route == "/register" ? "" : "Bearer t0k3n", call.Authorization));
    }
}
