using System.Text;
using BenchmarkDotNet.Attributes;
using Plotune.Mqtt.Benchmarks.Load;
using Plotune.Mqtt.Client;
using Plotune.Mqtt.Payloads;
using Plotune.Mqtt.Worker;
using Plotune.Mqtt.Worker.Ingest;
using Plotune.Mqtt.Worker.Ipc;

namespace Plotune.Mqtt.Benchmarks.Micro;

/// <summary>
/// What does a worker do per message between the receive lane and the pipe: topic, payload, message log, batch, hand-over? The pipe is <see cref="Stream.Null"/>.
/// The baseline is the payload alone, decoded by its topic's decoder.
/// </summary>
[MemoryDiagnoser]
public class IngestBenchmark
{
    private const int Messages = 10_000;
    private const int Topics = 100;
    private const int ReadBytes = 256 << 10;

    private readonly IngestCounters _counters = new();
    private readonly DecodedMessage _message = new();
    private InboundPublish[] _publishes = [];
    private IPayloadDecoder[] _decoders = [];
    private IngestHandler? _handler;

    [ParamsAllValues]
    public PayloadKind Payload { get; set; }

    [GlobalSetup]
    public void MakeMessages()
    {
        var limits = new WorkerLimits();
        var pipe = new AgentPipe(new FrameWriter(Stream.Null), new WorkerLifetime());
        _handler = new IngestHandler(limits, pipe, new MessageLog(limits.MessageLogEntries, limits.MessageLogPayloadBytes), _counters, Refuse, TimeProvider.System);
        var decoders = new PayloadDecoders(new CountingRegistry(), new PayloadOptions());
        _decoders = [.. Enumerable.Range(0, Topics).Select(i => decoders.Create(Topic(i)))];
        _publishes = [.. Enumerable.Range(0, Messages).Select(Publish)];
    }

    [Benchmark(Baseline = true, OperationsPerInvoke = Messages)]
    public int DecodeAlone()
    {
        var samples = 0;
        for (var i = 0; i < _publishes.Length; i++)
        {
            _decoders[i % Topics].Decode(_publishes[i].Payload, 1_766_000_000_000_000, _message);
            samples += _message.Samples.Length;
        }

        return samples;
    }

    [Benchmark(OperationsPerInvoke = Messages)]
    public async Task<long> Ingest()
    {
        var read = 0;
        for (var i = 0; i < _publishes.Length; i++)
        {
            read += _publishes[i].Payload.Length;
            if (!_handler!.OnPublish(in _publishes[i]) || read > ReadBytes)
            {
                await _handler.HandOverAsync(CancellationToken.None);
                read = 0;
            }
        }

        await _handler!.HandOverAsync(CancellationToken.None);
        return _counters.Samples;
    }

    [GlobalCleanup(Target = nameof(Ingest))]
    public void Check()
    {
        if (_counters.Samples == 0 || _counters.Samples % Messages != 0)
        {
            throw new InvalidOperationException($"{_counters.Samples} samples were handed over, which is not what the messages hold.");
        }
    }

    private static string Topic(int i) => $"plotune/bench/t{i % Topics:D4}";

    private static void Refuse(WorkerNotice notice) => throw new InvalidOperationException(notice.Text);

    private InboundPublish Publish(int i)
    {
        byte[] payload = Encoding.UTF8.GetBytes(PayloadText.Of(Payload, i));
        return new InboundPublish(0, Encoding.UTF8.GetBytes(Topic(i)), 0, payload, (0, 0), (0, payload.Length));
    }
}
