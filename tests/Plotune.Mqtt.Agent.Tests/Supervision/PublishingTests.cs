using System.Text;
using Plotune.Mqtt.Agent.Outbound;
using Plotune.Mqtt.Agent.Supervision;
using Plotune.Mqtt.Client;
using Plotune.Mqtt.TestSupport;

namespace Plotune.Mqtt.Agent.Tests.Supervision;

/// <summary>The outbound queue with worker processes at its end.</summary>
public sealed class PublishingTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_is_accepted_is_published_by_the_first_worker_and_counted()
    {
        await using var fixture = await ManagerFixture.StartAsync();
        await fixture.Manager.PutAsync(ManagerFixture.Config("plant") with { Workers = 2 }, Token);

        await AcceptAsync(fixture, 5000);

        await fixture.UntilAsync("all are published", () => fixture.State("plant").Outbound is { Published: 5000, Depth: 0, Oldest: null }, "plant");
        Assert.Equal(0, fixture.State("plant").Restarts);
    }

    [Fact]
    public async Task What_waits_for_a_disabled_connection_is_published_once_it_is_enabled()
    {
        await using var fixture = await ManagerFixture.StartAsync();
        await fixture.Manager.PutAsync(ManagerFixture.Config("plant") with { Enabled = false }, Token);
        await AcceptAsync(fixture, 10);
        Assert.Equal(10, fixture.State("plant").Outbound.Depth);

        await fixture.Manager.PutAsync(ManagerFixture.Config("plant"), Token);

        await fixture.UntilAsync("all are published", () => fixture.State("plant").Outbound is { Published: 10, Depth: 0 }, "plant");
    }

    [Fact]
    public async Task What_waits_when_the_agent_stops_is_published_by_the_next()
    {
        using var folder = new TemporaryFolder();
        await using (var before = await ManagerFixture.StartAsync(folder))
        {
            await before.Manager.PutAsync(ManagerFixture.Config("plant") with { Enabled = false }, Token);
            await AcceptAsync(before, 10);
        }

        await using var after = await ManagerFixture.StartAsync(folder);
        Assert.Equal(10, after.State("plant").Outbound.Depth);
        await after.Manager.PutAsync(ManagerFixture.Config("plant"), Token);

        await after.UntilAsync("all are published", () => after.State("plant").Outbound is { Published: 10, Depth: 0 }, "plant");
    }

    [Fact]
    public async Task A_worker_that_crashes_with_messages_costs_none_of_them()
    {
        await using var fixture = await ManagerFixture.StartAsync(limits: ManagerFixture.Limits with { RestartDelay = TimeSpan.FromMilliseconds(1), RestartDelayMaximum = TimeSpan.FromMilliseconds(1) });
        await fixture.Manager.PutAsync(ManagerFixture.Config("plant", FakeWorker.Forgetful), Token);

        await AcceptAsync(fixture, 4);

        // Each worker publishes one.
        await fixture.UntilAsync("all are published", () => fixture.State("plant").Outbound is { Published: 4, Depth: 0 }, "plant");
        Assert.InRange(fixture.State("plant").Restarts, 3, 4);
        Assert.InRange(fixture.State("plant").Outbound.Retried, 1, 6);
    }

    [Fact]
    public async Task A_worker_that_reports_what_it_was_not_given_is_replaced()
    {
        await using var fixture = await ManagerFixture.StartAsync();
        await fixture.Manager.PutAsync(ManagerFixture.Config("plant", FakeWorker.Lying), Token);

        await AcceptAsync(fixture, 1);

        await fixture.UntilAsync("it is lost", () => fixture.State("plant").Restarts > 0, "plant");
        Assert.Contains("It reported the message -1, which it does not have.", fixture.State("plant").Notices[0].Text, StringComparison.Ordinal);
        Assert.Equal((1, 0), (fixture.State("plant").Outbound.Depth, fixture.State("plant").Outbound.Published));
    }

    [Fact]
    public async Task A_refused_message_is_shown_and_told()
    {
        await using var fixture = await ManagerFixture.StartAsync();
        await fixture.Manager.PutAsync(ManagerFixture.Config("plant"), Token);

        await AcceptAsync(fixture, 1, "!secret");

        await fixture.UntilAsync("it is a dead letter", () => fixture.State("plant").Outbound is { DeadLetters: 1, DeadLettered: 1, Depth: 0 }, "plant");
        var notice = fixture.State("plant").Notices.Single(notice => notice.Kind == ConnectionEventKind.DeadLetter);
        Assert.Equal(("!secret", "A message can never be published and is kept as a dead letter: The broker does not allow it."), (notice.Subject, notice.Text));
        await fixture.UntilAsync("it is told", () => fixture.Events.Any(occurred => occurred.Kind == ConnectionEventKind.DeadLetter), "plant");
    }

    [Fact]
    public async Task A_deleted_connection_accepts_nothing_and_a_new_one_of_its_name_starts_empty()
    {
        await using var fixture = await ManagerFixture.StartAsync();
        await fixture.Manager.PutAsync(ManagerFixture.Config("plant") with { Enabled = false }, Token);
        await AcceptAsync(fixture, 10);

        await fixture.Manager.DeleteAsync("plant", Token);

        Assert.Equal(OutboundVerdict.NoConnection, await OfferAsync(fixture, 1));
        Assert.Contains(fixture.Logger.Entries, entry => entry.EventId.Id == 3702 && entry.Message.Contains("10 messages", StringComparison.Ordinal));
        await fixture.Manager.PutAsync(ManagerFixture.Config("plant"), Token);
        Assert.Equal(0, fixture.State("plant").Outbound.Depth);
        await AcceptAsync(fixture, 3);
        await fixture.UntilAsync("the new ones are published", () => fixture.State("plant").Outbound is { Published: 3, Depth: 0 }, "plant");
    }

    private static async Task AcceptAsync(ManagerFixture fixture, int count, string topic = "t") => Assert.Equal(OutboundVerdict.Accepted, await OfferAsync(fixture, count, topic));

    private static Task<OutboundVerdict> OfferAsync(ManagerFixture fixture, int count, string topic = "t") => fixture.Outbound.AcceptAsync(
        ["plant"],
        new OutboundSource("test", OverflowPolicy.Refuse),
        [.. Enumerable.Range(0, count).Select(number => new OutboundMessage(topic, Encoding.UTF8.GetBytes($"{number}"), QualityOfService.AtLeastOnce))],
        Token);
}
