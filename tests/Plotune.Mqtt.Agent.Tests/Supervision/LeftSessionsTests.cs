using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Plotune.Mqtt.Agent.Configuration;
using Plotune.Mqtt.Agent.Storage;
using Plotune.Mqtt.Agent.Supervision;
using Plotune.Mqtt.TestSupport;
using Plotune.Mqtt.Worker.Ipc;

namespace Plotune.Mqtt.Agent.Tests.Supervision;

public sealed class LeftSessionsTests
{
    private const int EndedEvent = 3140;
    private const int StartedEvent = 3120;

    private static readonly BrokerConnectionConfig Kept = ManagerFixture.Config("plant", FakeWorker.Holding) with { ClientId = "me", CleanSession = false, Will = new WillConfig("w", "gone") };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Fewer_workers_leave_no_session_behind()
    {
        await using var fixture = await StartAsync(Kept with { Workers = 3 });

        await fixture.Manager.PutAsync(Kept, Token);

        await EndedAsync(fixture, "me-2", "me-3");
        await fixture.UntilAsync("the first goes on with its own", () => Held(fixture).FirstOrDefault() == "t/#", "plant");
    }

    [Fact]
    public async Task Fewer_filters_of_a_group_leave_no_session_behind()
    {
        var shared = Kept with { ShareGroup = "g", Workers = 2, Topics = [new TopicFilterConfig("a"), new TopicFilterConfig("b")] };
        await using var fixture = await StartAsync(shared);

        await fixture.Manager.PutAsync(shared with { Topics = [new TopicFilterConfig("a")] }, Token);

        await EndedAsync(fixture, "me-2");
    }

    [Fact]
    public async Task A_deleted_connection_leaves_no_session_behind()
    {
        await using var fixture = await StartAsync(Kept with { Workers = 2 });

        await fixture.Manager.DeleteAsync("plant", Token);

        await EndedAsync(fixture, "me", "me-2");
    }

    [Fact]
    public async Task Another_client_identifier_leaves_no_session_behind()
    {
        await using var fixture = await StartAsync(Kept);

        await fixture.Manager.PutAsync(Kept with { ClientId = "you" }, Token);

        await EndedAsync(fixture, "me");
    }

    [Fact]
    public async Task A_session_that_is_to_be_clean_is_ended_at_once_if_no_worker_will_do_so()
    {
        await using var fixture = await StartAsync(Kept);

        await fixture.Manager.PutAsync(Kept with { CleanSession = true, Enabled = false }, Token);

        await EndedAsync(fixture, "me");
    }

    [Theory]
    [InlineData("used by another connection")]
    [InlineData("paused")]
    [InlineData("at another address")]
    [InlineData("made clean by its worker")]
    [InlineData("never held")]
    public async Task A_session_is_left_alone_while_it_is(string why)
    {
        await using (var fixture = await StartAsync(why == "never held" ? Kept with { Host = FakeWorker.Run } : Kept))
        {
            var logger = fixture.Logger;
            switch (why)
            {
                case "used by another connection":
                    await fixture.Manager.PutAsync(Kept with { Name = "bench", Enabled = false }, Token);
                    await fixture.Manager.DeleteAsync("plant", Token);
                    break;
                case "paused":
                    await fixture.Manager.PutAsync(Kept with { Enabled = false }, Token);
                    break;
                case "at another address":
                    await fixture.Manager.PutAsync(Kept with { Port = 1884 }, Token);
                    break;
                case "made clean by its worker":
                    await fixture.Manager.PutAsync(Kept with { CleanSession = true }, Token);
                    break;
                default:
                    await fixture.Manager.DeleteAsync("plant", Token);
                    break;
            }

            await fixture.Manager.StopAsync(Token);
            Assert.DoesNotContain(logger.Entries, entry => entry.EventId.Id is >= EndedEvent and < EndedEvent + 10);
        }
    }

    [Fact]
    public async Task A_worker_that_takes_the_identifier_again_waits_until_the_session_is_ended()
    {
        await using var fixture = await StartAsync(Kept);
        var started = fixture.Logger.Entries.Count(entry => entry.EventId.Id == StartedEvent);

        await fixture.Manager.DeleteAsync("plant", Token);
        await fixture.Manager.PutAsync(Kept with { Name = "bench" }, Token);
        await fixture.UntilAsync("it runs", () => fixture.Logger.Entries.Count(entry => entry.EventId.Id == StartedEvent) > started, "bench");

        Assert.Equal([EndedEvent, StartedEvent], fixture.Logger.Entries.Select(entry => entry.EventId.Id).Where(id => id is EndedEvent or StartedEvent).Skip(started));
    }

    [Theory]
    [InlineData(3600, "With MQTT 5.0 it ends by itself after 3600 s.")]
    [InlineData(uint.MaxValue, "It stays until it is deleted at the broker.")]
    public async Task A_session_that_cannot_be_ended_is_told_after_three_attempts(double expiry, string outlook)
    {
        using var folder = new TemporaryFolder();
        var logger = new CapturingLogger();
        await using var database = StateDatabase.Open(folder["state.db"], TimeProvider.System, NullLogger.Instance);
        var clock = new FakeTimeProvider();
        var held = new HeldTopicsKeeper(new HeldTopicsRepository(database), clock, NullLogger<HeldTopicsKeeper>.Instance);
        using var tester = new ConnectionTester(new WorkerLauncher(FakeWorker.Command()), ManagerFixture.Limits, new WorkerLimits(), TimeProvider.System, logger);
        using var sessions = new LeftSessions(tester, held, ManagerFixture.Limits, clock, logger);
        var config = Kept with { Path = FakeWorker.Keeping, SessionExpiry = TimeSpan.FromSeconds(expiry) };
        var task = new WorkerTask(config, WorkerShares.Of(config)[0]);
        held.Keep(new WorkerKey("plant", 0), new HeldTopics(task.Session, [new WorkerHeldTopic(new WorkerTopic("t/#", 1), true)]));
        var told = new TaskCompletionSource<(string ClientId, string Text)>(TaskCreationOptions.RunContinuationsAsynchronously);

        await sessions.End(config, config, () => new HashSet<string>(), Task.CompletedTask, (clientId, text) => told.TrySetResult((clientId, text)));
        await Eventually.TrueAsync(
            "it is told",
            () =>
            {
                clock.Advance(TimeSpan.FromSeconds(1));
                return told.Task.IsCompleted;
            },
            Token,
            TimeSpan.FromSeconds(90));

        var (client, sentence) = await told.Task;
        Assert.Equal("me", client);
        Assert.Equal($"The broker may still keep the session of 'me' and collect messages for it: it could not be ended. Nobody is there. {outlook}", sentence);
        Assert.NotEmpty(held.Find(new WorkerKey("plant", 0), task.Session));
        logger.ThrowIfLogged("horse");
    }

    [Fact]
    public async Task A_stop_does_not_wait_for_sessions_that_cannot_be_ended()
    {
        var fixture = await StartAsync(Kept with { Path = FakeWorker.Keeping, Workers = 2 });
        await fixture.Manager.PutAsync(Kept with { Path = FakeWorker.Keeping }, Token);

        await Eventually.CompletesAsync("the stop", fixture.DisposeAsync().AsTask(), Token);

        Assert.Contains(fixture.Logger.Entries, entry => entry.EventId.Id == EndedEvent + 1 && entry.Message.Contains("'me-2'", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_could_not_be_ended_is_tried_again_with_other_settings()
    {
        await using var fixture = await StartAsync(Kept with { Path = FakeWorker.Keeping, Workers = 2 });
        await fixture.Manager.PutAsync(Kept with { Path = FakeWorker.Keeping }, Token);

        await fixture.Manager.PutAsync(Kept, Token);

        await EndedAsync(fixture, "me-2");
    }

    [Fact]
    public async Task What_could_not_be_ended_is_tried_again_by_the_next_agent()
    {
        using var folder = new TemporaryFolder();
        await using (var before = await ManagerFixture.StartAsync(folder))
            await before.Manager.PutAsync(Kept, Token);
        await using (var database = StateDatabase.Open(folder["state.db"], TimeProvider.System, NullLogger.Instance))
        {
            var left = new WorkerTask(Kept, WorkerShares.Of(Kept with { Workers = 2 })[1]);
            await new HeldTopicsRepository(database).SaveAsync(
                new Dictionary<WorkerKey, HeldTopics?> { [new WorkerKey("plant", 1)] = new(left.Session, [new WorkerHeldTopic(new WorkerTopic("t/#", 1), true)]) }, Token);
        }

        await using var after = await ManagerFixture.StartAsync(folder);

        await EndedAsync(after, "me-2");
    }

    [Fact]
    public async Task What_a_clean_session_held_is_not_missed_by_a_kept_one()
    {
        await using var fixture = await StartAsync(Kept with { CleanSession = true });

        await fixture.Manager.PutAsync(Kept, Token);

        await fixture.UntilAsync("the next worker says what it was told", () => Held(fixture).Length == 2, "plant");
        Assert.All(Held(fixture), held => Assert.Equal("", held));
    }

    private static async Task<ManagerFixture> StartAsync(BrokerConnectionConfig config)
    {
        var fixture = await ManagerFixture.StartAsync();
        await fixture.Manager.PutAsync(config, Token);
        await fixture.UntilAsync("every worker runs", () => fixture.State("plant") is { Status: "connected" } state && state.Workers.All(worker => worker.Received > 0), "plant");
        return fixture;
    }

    private static async Task EndedAsync(ManagerFixture fixture, params string[] clientIds)
    {
        await fixture.UntilAsync("they are ended", () => fixture.Logger.Entries.Count(entry => entry.EventId.Id == EndedEvent) >= clientIds.Length, "plant");
        await fixture.Manager.StopAsync(Token);
        Assert.Equal(
            clientIds.Select(id => $"Connection plant: the session of '{id}' at the broker is ended, since no worker needs it any more"),
            fixture.Logger.Entries.Where(entry => entry.EventId.Id == EndedEvent).Select(entry => entry.Message).Order(StringComparer.Ordinal));
        Assert.DoesNotContain(fixture.Logger.Entries, entry => entry.Level >= LogLevel.Error);
    }

    private static string[] Held(ManagerFixture fixture) => [.. fixture.State("plant").Notices.Where(notice => notice.Subject == "held").Select(notice => notice.Text)];
}
