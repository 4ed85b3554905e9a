using System.Diagnostics;
using System.Globalization;
using Plotune.Mqtt.Agent.Configuration;
using Plotune.Mqtt.Agent.Supervision;

namespace Plotune.Mqtt.Agent.Tests.Supervision;

public sealed class ManyWorkersTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_worker_has_its_part_and_its_own_identifier_and_the_first_the_will()
    {
        await using var fixture = await ManagerFixture.StartAsync();
        await fixture.Manager.PutAsync(Config(3) with { Will = new WillConfig("w", "gone") }, Token);

        await UntilConnectedAsync(fixture, 3);

        Assert.Equal(["0 of 3: me: t/# with a will", "1 of 3: me-2: t/#", "2 of 3: me-3: t/#"], Told(fixture));
        var state = fixture.State("plant");
        Assert.Equal(["me", "me-2", "me-3"], state.Workers.Select(worker => worker.ClientId));
        Assert.Equal(3, state.Workers.Select(worker => worker.ProcessId).Distinct().Count());
        Assert.Equal((state.Workers[0].ProcessId, "me"), (state.WorkerPid, state.ClientId));
        Assert.Equal((15L, 150L, 15L, 6L), (state.Received, state.Bytes, state.Samples, state.DecodeFailures));
        Assert.Equal(1, state.Signals);
        await fixture.UntilAsync("that is told", () => fixture.Events.Any(occurred => occurred.Kind == ConnectionEventKind.Connected), "plant");
        Assert.Single(fixture.Events, occurred => occurred.Kind == ConnectionEventKind.Connected);
    }

    [Fact]
    public async Task A_killed_worker_restarts_alone_and_is_one_event()
    {
        await using var fixture = await ManagerFixture.StartAsync();
        await fixture.Manager.PutAsync(Config(3), Token);
        await UntilConnectedAsync(fixture, 3);
        var before = fixture.State("plant").Workers.Select(worker => worker.ProcessId!.Value).ToArray();

        using var kill = Process.Start("kill", ["-9", before[1].ToString(CultureInfo.InvariantCulture)]);
        await fixture.UntilAsync("it is replaced", () => fixture.State("plant") is { Status: "connected", Restarts: 1 }, "plant");

        var after = fixture.State("plant").Workers;
        Assert.Equal((before[0], before[2]), (after[0].ProcessId!.Value, after[2].ProcessId!.Value));
        Assert.Equal([0L, 1L, 0L], after.Select(worker => worker.Restarts));
        await fixture.UntilAsync("it is told of", () => fixture.Events.Any(occurred => occurred.Kind == ConnectionEventKind.Back), "plant");
        Assert.Equal(
            [ConnectionEventKind.Connected, ConnectionEventKind.WorkerRestarted, ConnectionEventKind.Back],
            fixture.Events.Select(occurred => occurred.Kind).Where(kind => kind != ConnectionEventKind.DecodeFailure));
    }

    [Fact]
    public async Task Another_number_of_workers_starts_all_anew_and_keeps_the_signals()
    {
        await using var fixture = await ManagerFixture.StartAsync();
        await fixture.Manager.PutAsync(Config(3), Token);
        await UntilConnectedAsync(fixture, 3);
        var before = fixture.State("plant");

        await fixture.Manager.PutAsync(Config(2), Token);
        await fixture.UntilAsync("two others are connected", () => fixture.State("plant") is { Status: "connected", Workers.Count: 2, Samples: 25, Received: 25 }, "plant");

        var after = fixture.State("plant");
        Assert.Empty(before.Workers.Select(worker => worker.ProcessId).Intersect(after.Workers.Select(worker => worker.ProcessId)));
        Assert.Equal(0, after.Restarts);
        Assert.Equal("t", Assert.Single(fixture.Store.Page(null, "plant", 10, null, out _)).Key);

        await fixture.Manager.PutAsync(Config(2) with { Enabled = false }, Token);
        await fixture.UntilAsync("all are gone", () => fixture.State("plant") is { Status: "disabled", Workers.Count: 0 }, "plant");
    }

    [Fact]
    public async Task Filters_of_a_group_are_dealt_out_and_one_more_leaves_the_others_alone()
    {
        await using var fixture = await ManagerFixture.StartAsync();
        var config = Config(4) with { ShareGroup = "g", Topics = [new TopicFilterConfig("a"), new TopicFilterConfig("b")] };
        await fixture.Manager.PutAsync(config, Token);
        await UntilConnectedAsync(fixture, 2);
        Assert.Equal(["0 of 1: me-2: $share/g/b", "0 of 1: me: $share/g/a"], Told(fixture));
        var before = fixture.State("plant").Workers.Select(worker => worker.ProcessId).ToArray();
        Assert.Contains(fixture.Logger.Entries, entry => entry.EventId.Id == 3123 && entry.Message.Contains("uses 2 of 4 workers", StringComparison.Ordinal));

        await fixture.Manager.PutAsync(config with { Topics = [.. config.Topics, new TopicFilterConfig("c")] }, Token);
        await UntilConnectedAsync(fixture, 3);

        Assert.Equal(before, fixture.State("plant").Workers.Take(2).Select(worker => worker.ProcessId));
        Assert.Contains("0 of 1: me-3: $share/g/c", Told(fixture));
    }

    [Fact]
    public async Task Busy_workers_are_told_to_read_less_often_and_so_is_one_that_starts_later()
    {
        await using var fixture = await ManagerFixture.StartAsync(limits: ManagerFixture.Limits with { HeartbeatInterval = TimeSpan.FromSeconds(0.2) });
        await fixture.Manager.PutAsync(Config(6, FakeWorker.Busy), Token);

        await fixture.UntilAsync("six are told what six may", () => Pids(fixture) is { Length: 6 } pids && pids.All(pid => PacesOf(fixture, pid).Contains("0.75")), "plant");
        var before = Pids(fixture);
        using var kill = Process.Start("kill", ["-9", before[1].ToString(CultureInfo.InvariantCulture)]);
        await fixture.UntilAsync("its successor is told what holds", () => Pids(fixture) is { Length: 6 } pids && pids[1] != before[1] && PacesOf(fixture, pids[1]).Length > 0, "plant");
    }

    [Fact]
    public async Task A_refusal_of_all_workers_is_one_event()
    {
        await using var fixture = await ManagerFixture.StartAsync();
        await fixture.Manager.PutAsync(Config(3, FakeWorker.Refused), Token);

        await fixture.UntilAsync("all were refused", () => fixture.State("plant") is { Status: "failed" } state && state.Workers.All(worker => worker.Status == "failed"), "plant");

        Assert.Equal("Bad credentials.", fixture.State("plant").Reason);
        await fixture.UntilAsync("that is told", () => fixture.Events.Any(occurred => occurred.Kind == ConnectionEventKind.Refused), "plant");
        Assert.Single(fixture.Events, occurred => occurred.Kind == ConnectionEventKind.Refused);
    }

    [Fact]
    public async Task Messages_come_from_all_workers_of_a_connection()
    {
        await using var fixture = await ManagerFixture.StartAsync();
        await fixture.Manager.PutAsync(Config(2), Token);
        await UntilConnectedAsync(fixture, 2);

        Assert.Equal(["u", "u", "t/1", "t/1"], (await fixture.Manager.MessagesAsync(new MessageQuery { Connection = "plant", Limit = 10 }, Token)).Select(message => message.Topic));
    }

    [Fact]
    public async Task A_test_takes_one_worker_without_a_will()
    {
        await using var fixture = await ManagerFixture.StartAsync();

        var result = await fixture.Manager.TestAsync(Config(3), Token);

        Assert.True(result.Success, result.Reason);
        Assert.StartsWith("as plotune-", result.Reason, StringComparison.Ordinal);
    }

    private static BrokerConnectionConfig Config(int workers, string script = FakeWorker.Run) => ManagerFixture.Config("plant", script) with { ClientId = "me", Workers = workers };

    private static Task UntilConnectedAsync(ManagerFixture fixture, int workers) => fixture.UntilAsync(
        $"{workers} workers are connected",
        () => fixture.State("plant") is { Status: "connected" } state && state.Workers.Count == workers && state.Workers.All(worker => worker.Received > 0) && Told(fixture).Length == workers,
        "plant");

    private static int[] Pids(ManagerFixture fixture) => [.. fixture.State("plant").Workers.Select(worker => worker.ProcessId).OfType<int>()];

    private static string[] PacesOf(ManagerFixture fixture, int pid) => [.. fixture.State("plant").Notices.Where(notice => notice.Subject == $"pace of {pid}").Select(notice => notice.Text)];

    /// <summary>What the workers say they were told.</summary>
    private static string[] Told(ManagerFixture fixture) =>
    [
        .. fixture.State("plant").Notices
            .Where(notice => notice.Subject.StartsWith("settings of ", StringComparison.Ordinal))
            .Select(notice => $"{notice.Subject["settings of ".Length..]}: {notice.Text}")
            .Distinct()
            .Order(StringComparer.Ordinal),
    ];
}
