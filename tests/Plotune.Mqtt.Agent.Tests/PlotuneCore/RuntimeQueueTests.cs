using System.Net;
using Plotune.Mqtt.Agent.PlotuneCore;
using Plotune.Mqtt.Agent.Supervision;
using Plotune.Mqtt.TestSupport;

namespace Plotune.Mqtt.Agent.Tests.PlotuneCore;

public sealed class RuntimeQueueTests
{
    [Fact]
    public async Task Signals_are_announced_once_in_the_order_of_the_catalog()
    {
        await using var fixture = await CoreFixture.StartAsync();
        fixture.AddSignals(300);
        await fixture.AdvanceUntilAsync("the first are announced", () => fixture.Core.Variables.Count == 300);
        fixture.AddSignals(300);

        await fixture.AdvanceUntilAsync("all are announced", () => fixture.Core.Variables.Count >= 600);

        Assert.Equal(CoreFixture.Names(600), fixture.Core.Variables);
        Assert.Equal(0, fixture.Queue.AnnouncementsPending);
        Assert.Empty(fixture.Core.Faults);
    }

    [Fact]
    public async Task An_announcement_tells_when_the_signal_was_discovered_however_late_it_goes_out()
    {
        await using var fixture = await CoreFixture.StartAsync(run: false);
        fixture.AddSignals(1);
        fixture.Time.Advance(TimeSpan.FromHours(1));
        fixture.Run();

        await fixture.AdvanceUntilAsync("it is announced", () => fixture.Core.Variables.Count == 1);

        Assert.Equal("2025-12-17T19:33:20.000Z topic s0", fixture.Core.Accepted("/add/variable")[0].GetProperty("desc").GetString());
    }

    [Fact]
    public async Task What_is_discovered_while_Core_is_away_is_announced_when_it_is_back()
    {
        await using var fixture = await CoreFixture.StartAsync();
        fixture.AddSignals(10);
        await fixture.AdvanceUntilAsync("the first are announced", () => fixture.Core.Variables.Count == 10);
        await fixture.Core.SwitchOffAsync();
        fixture.AddSignals(40);
        await Eventually.TrueAsync("they are pending", () => fixture.Queue.AnnouncementsPending == 40, TestContext.Current.CancellationToken);

        await fixture.Core.SwitchOnAsync();

        await fixture.AdvanceUntilAsync("all are announced", () => fixture.Core.Variables.Count >= 50);
        Assert.Equal(CoreFixture.Names(50), fixture.Core.Variables);
    }

    [Fact]
    public async Task A_new_registration_announces_everything_again()
    {
        await using var fixture = await CoreFixture.StartAsync();
        fixture.AddSignals(20);
        await fixture.AdvanceUntilAsync("all are announced", () => fixture.Core.Variables.Count == 20);
        fixture.Core.Forget();

        fixture.AddSignals(1);

        await fixture.AdvanceUntilAsync("all are announced again", () => fixture.Core.Variables.Count >= 41);
        Assert.Equal([.. CoreFixture.Names(20), .. CoreFixture.Names(21)], fixture.Core.Variables);
        Assert.Equal(2, fixture.Core.Accepted("/register").Count);
    }

    [Fact]
    public async Task A_signal_Core_refuses_does_not_hold_up_the_others()
    {
        await using var fixture = await CoreFixture.StartAsync();
        fixture.Core.FailingRoute = "/add/variable";
        fixture.Core.Failure = HttpStatusCode.UnprocessableEntity;
        fixture.AddSignals(1);
        await fixture.AdvanceUntilAsync("it is refused", () => fixture.Queue.CallsRefused == 1);
        fixture.Core.Failure = null;

        fixture.AddSignals(1);

        await fixture.AdvanceUntilAsync("the next is announced", () => fixture.Core.Variables.Count == 1);
        Assert.Equal("s1", fixture.Core.Variables[0]);
    }

    [Fact]
    public async Task A_Core_without_the_route_costs_one_registration_per_signal_at_most()
    {
        await using var fixture = await CoreFixture.StartAsync();
        fixture.Core.FailingRoute = "/add/variable";
        fixture.Core.Failure = HttpStatusCode.NotFound;

        fixture.AddSignals(1);

        await fixture.AdvanceUntilAsync("it is left out", () => fixture.Queue.CallsRefused == 1);
        Assert.Equal(2, fixture.Core.Accepted("/register").Count);
    }

    [Fact]
    public async Task A_slow_Core_slows_nobody_who_offers()
    {
        await using var fixture = await CoreFixture.StartAsync();
        fixture.Core.Delay = TimeSpan.FromHours(1);

        fixture.AddSignals(10_000);
        for (var i = 0; i < 10_000; i++) fixture.Queue.Offer(Event(fixture, ConnectionEventKind.Lost, $"c{i}"));

        Assert.InRange(fixture.Queue.EventsDropped, 10_000 - (2 * RuntimeQueue.Capacity) - 2, 10_000 - RuntimeQueue.Capacity);
    }

    [Fact]
    public async Task A_lost_and_a_found_connection_are_toasts()
    {
        await using var fixture = await CoreFixture.StartAsync();
        fixture.Queue.Offer(Event(fixture, ConnectionEventKind.Lost));
        await fixture.AdvanceUntilAsync("the loss is told", () => fixture.Core.Accepted("/api/toast").Count == 1);
        fixture.Time.Advance(ToastGate.Interval);

        fixture.Queue.Offer(Event(fixture, ConnectionEventKind.Back));

        await fixture.AdvanceUntilAsync("the return is told", () => fixture.Core.Accepted("/api/toast").Count == 2);
        Assert.Equal(["plant: Lost", "plant: Back"], fixture.Core.Accepted("/api/toast").Select(toast => toast.GetProperty("message").GetString()!));
        Assert.Empty(fixture.Core.Faults);
    }

    [Fact]
    public async Task A_flapping_connection_is_told_once_per_interval()
    {
        await using var fixture = await CoreFixture.StartAsync();
        fixture.Queue.Offer(Event(fixture, ConnectionEventKind.Lost));
        await fixture.AdvanceUntilAsync("the loss is told", () => fixture.Core.Accepted("/api/toast").Count == 1);

        for (var i = 0; i < 10; i++)
        {
            fixture.Queue.Offer(Event(fixture, ConnectionEventKind.Back));
            fixture.Queue.Offer(Event(fixture, ConnectionEventKind.Lost));
        }

        fixture.Queue.Offer(Event(fixture, ConnectionEventKind.Back));
        await fixture.AdvanceUntilAsync("how it ended is told", () => fixture.Core.Accepted("/api/toast").Count == 2);
        Assert.Equal("plant: Back", fixture.Core.Accepted("/api/toast")[1].GetProperty("message").GetString());
    }

    [Theory]
    [InlineData(nameof(ConnectionEventKind.QueueFull))]
    [InlineData(nameof(ConnectionEventKind.QueueNotUsable))]
    [InlineData(nameof(ConnectionEventKind.DeadLetter))]
    public async Task What_keeps_messages_from_being_published_is_a_toast(string kind)
    {
        await using var fixture = await CoreFixture.StartAsync();

        fixture.Queue.Offer(Event(fixture, Enum.Parse<ConnectionEventKind>(kind)));

        await fixture.AdvanceUntilAsync("it is told", () => fixture.Core.Accepted("/api/toast").Count == 1);
    }

    [Fact]
    public async Task A_failing_toast_does_not_hold_up_announcements_for_good()
    {
        await using var fixture = await CoreFixture.StartAsync();
        fixture.Core.FailingRoute = "/api/toast";
        fixture.Core.Failure = HttpStatusCode.InternalServerError;
        fixture.Queue.Offer(Event(fixture, ConnectionEventKind.Refused));

        fixture.AddSignals(1);

        await fixture.AdvanceUntilAsync("the signal is announced", () => fixture.Core.Variables.Count == 1);
    }

    private static ConnectionEvent Event(CoreFixture fixture, ConnectionEventKind kind, string connection = "plant") =>
        new(fixture.Time.GetUtcNow(), kind, connection, "", kind.ToString());
}
