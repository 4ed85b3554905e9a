using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Plotune.Mqtt.Agent.Configuration;
using Plotune.Mqtt.Agent.PlotuneCore;
using Plotune.Mqtt.Agent.Signals;
using Plotune.Mqtt.Agent.Tests.Hosting;
using Plotune.Mqtt.Payloads;
using Plotune.Mqtt.TestSupport;

namespace Plotune.Mqtt.Agent.Tests.PlotuneCore;

/// <summary>The link to a stand-in for Core, with a clock that the test moves.</summary>
internal sealed class CoreFixture : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly WorkerSignals _run;
    private Task _queueRun = Task.CompletedTask;
    private int _signals;

    private CoreFixture(StandInCore core)
    {
        Core = core;
        Store = new SignalStore(new AgentLimits(), Time);
        var manifest = TestAgent.Manifest(core.Address);
        Client = new CoreClient(core.Address, NullLogger<CoreClient>.Instance);
        Service = new CoreService(Client, Link, manifest, Time, NullLogger<CoreService>.Instance);
        Queue = new RuntimeQueue(Client, Link, Store, manifest, Time, NullLogger<RuntimeQueue>.Instance);
        _run = Store.BeginRun("plant");
    }

    public StandInCore Core { get; }

    public FakeTimeProvider Time { get; } = new(DateTimeOffset.UnixEpoch.AddSeconds(1_766_000_000));

    public SignalStore Store { get; }

    public CoreLink Link { get; } = new();

    public CoreClient Client { get; }

    public CoreService Service { get; }

    public RuntimeQueue Queue { get; }

    public Task<string> ServiceRun { get; private set; } = Task.FromResult("");

    public static async Task<CoreFixture> StartAsync(bool run = true)
    {
        var fixture = new CoreFixture(await StandInCore.StartAsync());
        if (run) fixture.Run();
        return fixture;
    }

    public void Run()
    {
        ServiceRun = Service.RunAsync(4711, _stop.Token);
        _queueRun = Queue.RunAsync(_stop.Token);
    }

    /// <summary>Adds signals named <c>s0</c>, <c>s1</c> and so on.</summary>
    public void AddSignals(int count)
    {
        for (var i = 0; i < count; i++, _signals++) _run.Define(_signals, $"s{_signals}", "", SignalValueKind.Number);
    }

    public static IEnumerable<string> Names(int count) => Enumerable.Range(0, count).Select(i => $"s{i}");

    /// <summary>Moves the clock in small steps until the condition holds.</summary>
    public Task AdvanceUntilAsync(string what, Func<bool> condition) => Eventually.TrueAsync(
        what,
        () =>
        {
            if (condition()) return true;
            Time.Advance(TimeSpan.FromMilliseconds(100));
            return false;
        },
        TestContext.Current.CancellationToken,
        state: () => $"{string.Join(' ', Core.Calls.Select(call => call.Route))}; {string.Join(' ', Core.Faults)}; {Link.State}");

    /// <summary>Seconds between heartbeats, sent with success or not.</summary>
    public IReadOnlyList<double> HeartbeatIntervals()
    {
        double[] times = [.. Core.Calls.Where(call => call.Route == "/heartbeat").Select(call => call.Body.GetProperty("timestamp").GetDouble())];
        return [.. times.Skip(1).Zip(times, (later, earlier) => later - earlier)];
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await ((Task)ServiceRun).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _queueRun.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Client.Dispose();
        await Core.DisposeAsync();
        _stop.Dispose();
    }
}
