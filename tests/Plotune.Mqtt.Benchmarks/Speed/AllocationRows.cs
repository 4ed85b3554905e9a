using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging.Abstractions;
using MQTTnet.Formatter;
using Plotune.Mqtt.Agent.Configuration;
using Plotune.Mqtt.Agent.Signals;
using Plotune.Mqtt.Benchmarks.Load;
using Plotune.Mqtt.Client.Receive;
using Plotune.Mqtt.Payloads;
using Plotune.Mqtt.Worker;
using Plotune.Mqtt.Worker.Ingest;
using Plotune.Mqtt.Worker.Ipc;

namespace Plotune.Mqtt.Benchmarks.Speed;

/// <summary>What the receive path allocates: the worker's from the bytes of a socket to those of the pipe, and the agent's from there into histories, counted over a million messages of each kind in this process.</summary>
internal sealed class AllocationRows(SpeedScale scale) : ISpeedRows
{
    private const int Topics = 100;
    private const int Ring = 100_000;

    public async IAsyncEnumerable<SpeedRow> MeasureAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // Some kilobytes for a ring of messages: it ends with a packet for its reader.
        const double limit = 0.02;
        foreach (var payload in Enum.GetValues<PayloadKind>())
        {
            foreach (var qos in new[] { 0, 1 })
                yield return SpeedRow.AtMost($"{payload}, QoS {qos}: allocated a message, from socket to pipe", limit, await ReceiveAsync(payload, qos), "0.00 bytes");
        }

        yield return SpeedRow.AtMost("allocated a sample, from pipe to history", limit, Append(), "0.00 bytes");
    }

    private async Task<double> ReceiveAsync(PayloadKind payload, int qos)
    {
        var limits = new WorkerLimits();
        var pipe = new AgentPipe(new FrameWriter(Stream.Null), new WorkerLifetime());
        var counters = new IngestCounters();
        var handler = new IngestHandler(limits, pipe, new MessageLog(limits.MessageLogEntries, limits.MessageLogPayloadBytes), counters, Refuse, TimeProvider.System);
        var options = new LaneOptions { KeepAlive = TimeSpan.Zero };
        using var lane = new ReceiveLaneAdapter(Channel(payload, qos), MqttProtocolVersion.V311, options, new LaneSession(), handler, NullLogger.Instance, TimeProvider.System);
        await lane.ReceivePacketAsync(CancellationToken.None);

        // What is kept of the first messages is made once.
        await lane.ReceivePacketAsync(CancellationToken.None);
        await handler.HandOverAsync(CancellationToken.None);
        var rings = Math.Max(1, 1_000_000 / Ring / scale.Divisor);
        var (samples, before) = (counters.Samples, GC.GetAllocatedBytesForCurrentThread());
        for (var ring = 0; ring < rings; ring++) await lane.ReceivePacketAsync(CancellationToken.None);
        await handler.HandOverAsync(CancellationToken.None);
        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        return counters.Samples - samples >= (long)rings * Ring
            ? (double)allocated / rings / Ring
            : throw new InvalidOperationException($"{counters.Samples - samples} samples came of {rings * Ring} messages.");
    }

    private static void Refuse(WorkerNotice notice) => throw new InvalidOperationException(notice.Text);

    private static MemoryChannel Channel(PayloadKind payload, int qos)
    {
        using var ring = new MemoryStream();
        for (var i = 0; i < Ring; i++)
            ring.Write(PublishPacket.Encode($"plotune/bench/t{i % Topics:D4}", PayloadText.Of(payload, i), qos, (ushort)(i % 65_000 + 1), version5: false));
        ring.Write([0x90, 3, 0, 1, 0]);
        return new MemoryChannel([0x20, 2, 0, 0], ring.ToArray());
    }

    private static double Append()
    {
        const int samples = 20_000;
        var store = new SignalStore(new AgentLimits());
        var run = store.BeginRun("benchmark");
        for (var i = 0; i < Topics; i++) run.Define(i, $"t{i}", string.Empty, SignalValueKind.Number);
        var frames = BatchFrames.Bodies(samples, perMessage: 1, Topics);

        // Until all histories are full.
        AppendRounds(run, frames, Topics);
        var rounds = 1_000_000 / samples;
        var before = GC.GetAllocatedBytesForCurrentThread();
        AppendRounds(run, frames, rounds);
        return (double)(GC.GetAllocatedBytesForCurrentThread() - before) / rounds / samples;
    }

    private static void AppendRounds(WorkerSignals run, byte[][] frames, int rounds)
    {
        for (var round = 0; round < rounds; round++)
        {
            foreach (var frame in frames) run.Append(new SamplesReader(frame));
        }
    }
}
