using System.Diagnostics;
using System.Globalization;
using Plotune.Mqtt.Agent.Configuration;
using Plotune.Mqtt.Agent.Supervision;
using Plotune.Mqtt.TestSupport;
using Plotune.Mqtt.Worker.Ipc;

namespace Plotune.Mqtt.Agent.Tests.Supervision;

public sealed class SupervisionTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void A_worker_handles_its_socket_on_the_thread_that_finds_it_ready()
    {
        using var worker = new WorkerLauncher(FakeWorker.Command()).Start();
        try
        {
            var environment = File.ReadAllText($"/proc/{worker.Id}/environ").Split('\0');

            Assert.Contains("DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS=1", environment);
        }
        finally
        {
            worker.Kill(entireProcessTree: true);
        }
    }

    [Theory]
    [InlineData(FakeWorker.Exit, "ended with code 7")]
    [InlineData(FakeWorker.Garbage, "broke the contract")]
    [InlineData(FakeWorker.Undefined, "Signal 99 is not defined")]
    public async Task A_lost_worker_is_started_again_with_the_reason_shown_while_others_go_on(string script, string reason)
    {
        await using var fixture = await ManagerFixture.StartAsync();
        await fixture.Manager.PutAsync(ManagerFixture.Config("good"), Token);
        await fixture.UntilConnectedAsync("good");
        var pid = fixture.State("good").WorkerPid;
        await fixture.Manager.PutAsync(ManagerFixture.Config("bad", script), Token);

        await fixture.UntilAsync("the worker was lost twice", () => fixture.State("bad").Restarts >= 2, "bad");

        await fixture.UntilAsync("that is told", () => fixture.Events.Any(occurred => occurred.Kind == ConnectionEventKind.WorkerRestarted), "bad");
        var lost = fixture.Events.First(occurred => occurred.Kind == ConnectionEventKind.WorkerRestarted);
        Assert.Contains(reason, lost.Text, StringComparison.Ordinal);
        Assert.Equal(pid, fixture.State("good").WorkerPid);
        Assert.Equal(0, fixture.State("good").Restarts);
        Assert.True(fixture.State("bad").Samples >= 10, "What was sent before the end counts, over all runs.");
        Assert.True(fixture.State("bad").Received >= 10);
        Assert.True(fixture.State("bad").Reconnects >= 1);
        Assert.Equal(fixture.State("bad").DecodeFailures, fixture.State("bad").DecodeFailuresByReason["not_text"]);
    }

    [Theory]
    [InlineData(FakeWorker.ExitAtOnce, "ended with code 9")]
    [InlineData(FakeWorker.WrongVersion, "version 999")]
    public async Task A_worker_that_fails_from_the_start_is_backed_off_and_shown(string script, string reason)
    {
        await using var fixture = await ManagerFixture.StartAsync(command: FakeWorker.Command(script));
        await fixture.Manager.PutAsync(ManagerFixture.Config("bad"), Token);

        await fixture.UntilAsync("it waits for its third start", () => fixture.State("bad") is { Attempt: >= 2, Status: "waiting" }, "bad");

        var state = fixture.State("bad");
        Assert.Contains(reason, state.Reason, StringComparison.Ordinal);
        Assert.InRange(state.RetryIn!.Value, 0, 30);
        Assert.Null(state.WorkerPid);
        if (script == FakeWorker.ExitAtOnce)
            Assert.Contains(fixture.Logger.Entries, entry => entry.EventId.Id == 3121 && entry.Message.Contains("cannot go on", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_worker_that_has_ended_is_still_known_by_its_process()
    {
        var config = ManagerFixture.Config("gone");
        var settings = WorkerSettingsFactory.Create(new WorkerTask(config, WorkerShares.Of(config)[0]), WorkerMode.Run, new WorkerLimits(), [], []);
        await using var worker = WorkerProcess.Start(
            new WorkerLauncher(FakeWorker.Command(FakeWorker.ExitAtOnce)), settings, new Deaf(), ManagerFixture.Limits, TimeProvider.System, new CapturingLogger());

        await Eventually.CompletesAsync("it has ended", worker.Completion, Token);

        Assert.True(worker.ProcessId > 0);
    }

    [Fact]
    public async Task An_executable_that_is_not_there_is_backed_off_and_shown()
    {
        await using var fixture = await ManagerFixture.StartAsync(command: new WorkerCommand("/nowhere/worker", []));
        await fixture.Manager.PutAsync(ManagerFixture.Config("bad"), Token);

        await fixture.UntilAsync("its start was tried again", () => fixture.State("bad").Restarts >= 2, "bad");

        Assert.Contains("/nowhere/worker", fixture.State("bad").Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_worker_that_says_no_hello_is_given_up()
    {
        await using var fixture = await ManagerFixture.StartAsync(
            limits: ManagerFixture.Limits with { HandshakeTimeout = TimeSpan.FromSeconds(2) }, command: FakeWorker.Command(FakeWorker.Mute));
        await fixture.Manager.PutAsync(ManagerFixture.Config("mute"), Token);

        await fixture.UntilAsync("it was lost and that was told", () => fixture.State("mute").Restarts >= 1 && !fixture.Events.IsEmpty, "mute");

        Assert.Contains("Hello", fixture.Events.First().Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_killed_worker_had_written_is_read_to_its_end()
    {
        const int samples = 50_000;
        await using var fixture = await ManagerFixture.StartAsync();
        await fixture.Manager.PutAsync(ManagerFixture.Config("killed", FakeWorker.HalfFrame, samples), Token);

        await fixture.UntilAsync("it was lost", () => fixture.State("killed").Restarts >= 1, "killed");

        var state = fixture.State("killed");
        Assert.Equal(0, state.Samples % (samples + 5));
        Assert.True(state.Samples > 0);
        Assert.Equal(samples - 1, fixture.Store.Find("t")!.Latest!.Value.Number);
    }

    [Fact]
    public async Task A_stopped_worker_is_noticed_killed_and_replaced()
    {
        if (OperatingSystem.IsWindows())
            return;

        await using var fixture = await ManagerFixture.StartAsync(limits: ManagerFixture.Limits with { HeartbeatInterval = TimeSpan.FromSeconds(0.5), HeartbeatTimeout = TimeSpan.FromSeconds(4) });
        await fixture.Manager.PutAsync(ManagerFixture.Config("plant"), Token);
        await fixture.UntilConnectedAsync("plant");
        var pid = fixture.State("plant").WorkerPid!.Value;

        await SignalAsync("-STOP", pid);

        await fixture.UntilAsync("another worker is connected", () => fixture.State("plant") is { Status: "connected" } state && state.WorkerPid != pid, "plant");
        await fixture.UntilAsync("that is told", () => fixture.Events.Any(occurred => occurred.Kind == ConnectionEventKind.Back), "plant");
        Assert.Contains("did not answer", fixture.Events.First(occurred => occurred.Kind == ConnectionEventKind.WorkerRestarted).Text, StringComparison.Ordinal);
        Assert.False(IsAlive(pid));
    }

    [Fact]
    public async Task A_worker_that_writes_its_log_without_end_is_drained_and_goes_on()
    {
        await using var fixture = await ManagerFixture.StartAsync();
        await fixture.Manager.PutAsync(ManagerFixture.Config("loud", FakeWorker.Flood), Token);

        await fixture.UntilAsync("it got through its flood", () => fixture.State("loud").Notices.Any(notice => notice.Subject == "flooded"), "loud");

        Assert.Equal(0, fixture.State("loud").Restarts);
        Assert.InRange(fixture.Logger.Entries.Count(entry => entry.EventId.Id == 3100), 1, 2000);
        Assert.All(fixture.Logger.Entries, entry => Assert.True(entry.Message.Length < 3000));
    }

    [Fact]
    public async Task A_worker_that_does_not_stop_is_killed_within_a_bounded_time()
    {
        var fixture = await ManagerFixture.StartAsync();
        await fixture.Manager.PutAsync(ManagerFixture.Config("stubborn", FakeWorker.Stubborn), Token);
        await fixture.UntilConnectedAsync("stubborn");
        var pid = fixture.State("stubborn").WorkerPid!.Value;

        await Eventually.CompletesAsync("the stop", fixture.DisposeAsync().AsTask(), Token);

        Assert.False(IsAlive(pid));
    }

    [Fact]
    public async Task A_worker_sees_nothing_of_the_environment_that_may_be_secret()
    {
        Environment.SetEnvironmentVariable("PLOTUNE_TEST_PASSWORD", "x");
        await using var fixture = await ManagerFixture.StartAsync();
        await fixture.Manager.PutAsync(ManagerFixture.Config("plant"), Token);
        await fixture.UntilAsync("it tells what it sees", () => fixture.State("plant").Notices.Any(notice => notice.Subject == "environment"), "plant");

        var seen = fixture.State("plant").Notices.First(notice => notice.Subject == "environment").Text.Split(',');
        Assert.Contains("PATH", seen);
        Assert.DoesNotContain("PLOTUNE_TEST_PASSWORD", seen);
    }

    private static async Task SignalAsync(string signal, int pid)
    {
        using var kill = Process.Start("kill", [signal, pid.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync(Token);
        Assert.Equal(0, kill.ExitCode);
    }

    private static bool IsAlive(int pid)
    {
        try
        {
            using var process = Process.GetProcessById(pid);
            return !process.HasExited;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    private sealed class Deaf : IWorkerObserver
    {
        public void OnFrame(FrameView frame)
        {
            // What it says does not matter.
        }
    }
}
