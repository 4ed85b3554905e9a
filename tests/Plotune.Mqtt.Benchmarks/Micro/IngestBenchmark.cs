using System.Text;
using BenchmarkDotNet.Attributes;
using Plotune.Mqtt.Benchmarks.Load;
using Plotune.Mqtt.Client;
using Plotune.Mqtt.Payloads;
using Plotune.Mqtt.Payloads.Signed;
using Plotune.Mqtt.Worker;
using Plotune.Mqtt.Worker.Ingest;
using Plotune.Mqtt.Worker.Ipc;

namespace Plotune.Mqtt.Benchmarks.Micro;

/// <summary>
/// What does a worker do per message between the receive lane and the pipe: topic, payload, message log, batch, hand-over, and with a secret the signature? The pipe is
/// <see cref="Stream.Null"/>. The baseline is the payload alone, decoded by its topic's decoder.
/// </summary>
[MemoryDiagnoser]
public class IngestBenchmark
{
    private const int Messages = 10_000;
    private const int Topics = 100;
    private const int ReadBytes = 256 << 10;

    private readonly IngestCounters _counters = new();
    private readonly DecodedMessage _message = new();
    private readonly EnvelopeVerifier _verifier = new("s3cret");
    private InboundPublish[] _publishes = [];
    private InboundPublish[] _signed = [];
    private IPayloadDecoder[] _decoders = [];
    private IngestHandler? _handler;
    private IngestHandler? _verifying;

    [ParamsAllValues]
    public PayloadKind Payload { get; set; }

    [GlobalSetup]
    public void MakeMessages()
    {
        _handler = Handler(verifier: null);
        _verifying = Handler(_verifier);
        var decoders = new PayloadDecoders(new CountingRegistry(), new PayloadOptions());
        _decoders = [.. Enumerable.Range(0, Topics).Select(i => decoders.Create(Topic(i)))];
        _publishes = [.. Enumerable.Range(0, Messages).Select(i => Publish(i, Encoding.UTF8.GetBytes(PayloadText.Of(Payload, i))))];
        var signer = new EnvelopeSigner("s3cret");
        _signed = [.. Enumerable.Range(0, Messages).Select(i => Publish(i, Signed(signer, i)))];
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
    public Task<long> Ingest() => IngestAsync(_handler!, _publishes);

    [Benchmark(OperationsPerInvoke = Messages)]
    public Task<long> IngestSigned() => IngestAsync(_verifying!, _signed);

    [GlobalCleanup(Targets = [nameof(Ingest), nameof(IngestSigned)])]
    public void Check()
    {
        if (_counters.Samples == 0 || _counters.Samples % Messages != 0)
        {
            throw new InvalidOperationException($"{_counters.Samples} samples were handed over, which is not what the messages hold.");
        }
    }

    private static string Topic(int i) => $"plotune/bench/t{i % Topics:D4}";

    private async Task<long> IngestAsync(IngestHandler handler, InboundPublish[] publishes)
    {
        var read = 0;
        for (var i = 0; i < publishes.Length; i++)
        {
            read += publishes[i].Payload.Length;
            if (!handler.OnPublish(in publishes[i]) || read > ReadBytes)
            {
                await handler.HandOverAsync(CancellationToken.None);
                read = 0;
            }
        }

        await handler.HandOverAsync(CancellationToken.None);
        return _counters.Samples;
    }

    private IngestHandler Handler(EnvelopeVerifier? verifier)
    {
        var limits = new WorkerLimits();
        var pipe = new AgentPipe(new FrameWriter(Stream.Null), new WorkerLifetime());
        return new IngestHandler(
            limits, pipe, new MessageLog(limits.MessageLogEntries, limits.MessageLogPayloadBytes), _counters, Refuse, TimeProvider.System, verifier: verifier);
    }

    private byte[] Signed(EnvelopeSigner signer, int i) =>
        signer.TryWrap(Encoding.UTF8.GetBytes(PayloadText.Of(Payload, i)), out byte[]? envelope) ? envelope : throw new InvalidOperationException("The load cannot be signed.");

    private static void Refuse(WorkerNotice notice) => throw new InvalidOperationException(notice.Text);

    private static InboundPublish Publish(int i, byte[] payload) => new(0, Encoding.UTF8.GetBytes(Topic(i)), 0, payload, (0, 0), (0, payload.Length));
}
