using CsCheck;

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

    /// <summary>A run takes some tens of milliseconds; more of them with <c>PLOTUNE_MQTT_QUEUE_CASES</c>.</summary>
    private static long Iterations => long.TryParse(Environment.GetEnvironmentVariable("PLOTUNE_MQTT_QUEUE_CASES"), out var cases) ? cases : 60;
}
