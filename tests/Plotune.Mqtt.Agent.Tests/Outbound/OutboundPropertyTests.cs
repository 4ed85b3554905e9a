using CsCheck;
using Plotune.Mqtt.Agent.Configuration;

namespace Plotune.Mqtt.Agent.Tests.Outbound;

public sealed class OutboundPropertyTests
{
    private static readonly Gen<OutboundStep[]> Steps = Gen.Frequency(
        (6, Gen.Const(OutboundStep.Accept)),
        (2, Gen.Const(OutboundStep.AcceptTogether)),
        (6, Gen.Const(OutboundStep.Deliver)),
        (2, Gen.Const(OutboundStep.Refuse)),
        (2, Gen.Const(OutboundStep.LoseWorker)),
        (4, Gen.Const(OutboundStep.StartWorker)),
        (1, Gen.Const(OutboundStep.Restart)),
        (1, Gen.Const(OutboundStep.Crash))).Array[0, 40];

    [Fact]
    public Task Nothing_accepted_is_lost_and_a_sources_order_is_kept_whatever_happens() => Gen.Select(Steps, Gen.Int).SampleAsync(
        async (steps, seed) =>
        {
            await using var model = await OutboundModel.OpenAsync(seed);
            foreach (var step in steps)
                await model.DoAsync(step);
            await model.FinishAsync();
        },
        iter: Iterations,
        threads: 1);

    [Fact]
    public async Task With_many_sources_at_once_and_workers_lost_all_the_time_nothing_is_lost_and_each_order_is_kept()
    {
        const int Sources = 8;
        const int Each = 1500;
        await using var home = await OutboundHome.OpenAsync(new OutboundLimits { WindowRecords = 300, ReadAheadRecords = 500, FrameBytes = 2000 });
        var accepting = Task.WhenAll(Enumerable.Range(0, Sources).Select(source => Task.Run(() => AcceptAsync(source))));
        var random = new Random(1);
        var first = new List<int>();
        var seen = new HashSet<int>();
        while (seen.Count < Sources * Each || home.State.Depth > 0)
        {
            await using var lane = FakeLane.Attach(home.Queues);
            for (var round = 0; round < 5; round++)
            {
                if (home.State.Depth > 0)
                    await lane.UntilGivenAsync(lane.Given.Count - lane.Unreported.Count + 1);
                lane.Deliver(lane.Unreported.Where(_ => random.Next(4) > 0));
            }

            await lane.DisposeAsync();
            first.AddRange(lane.Given.Select(OutboundHome.NumberOf).Where(seen.Add));
            Assert.Equal(lane.Given.Select(request => request.Id).Distinct().Order(), lane.Given.Select(request => request.Id));
        }

        await accepting;
        for (var source = 0; source < Sources; source++)
            Assert.Equal(Enumerable.Range(source * Each, Each), first.Where(number => number / Each == source));
        Assert.Equal(Sources * Each, home.State.Published);
        await home.UntilStoredAsync(0);
        await home.AssertCountsAddUpAsync();

        async Task AcceptAsync(int source)
        {
            var sizes = new Random(source);
            for (var next = 0; next < Each;)
            {
                var count = Math.Min(Each - next, sizes.Next(1, 20));
                await home.AcceptAsync($"source {source}", OutboundHome.Messages((source * Each) + next, count));
                next += count;
            }
        }
    }

    /// <summary>A run takes some tens of milliseconds; more of them with <c>PLOTUNE_MQTT_QUEUE_CASES</c>.</summary>
    private static long Iterations => long.TryParse(Environment.GetEnvironmentVariable("PLOTUNE_MQTT_QUEUE_CASES"), out var cases) ? cases : 60;
}
