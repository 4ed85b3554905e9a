using BenchmarkDotNet.Attributes;
using Plotune.Mqtt.Benchmarks.Load;
using Plotune.Mqtt.Worker.Ipc;

namespace Plotune.Mqtt.Benchmarks.Micro;

/// <summary>What does it cost to bring one sample from worker to agent, the pipe itself left out? Writing and reading apart, and both (the baseline).</summary>
[MemoryDiagnoser]
public class FrameRoundTripBenchmark
{
    private const int Samples = 20_000;
    private const int Signals = 100;

    private readonly MemoryStream _stream = new(2 << 20);
    private readonly SamplesWriter _samples = new();
    private FrameWriter? _writer;
    private FrameReader? _reader;

    [Params(1, 20)]
    public int PerMessage { get; set; }

    [GlobalSetup]
    public void Open()
    {
        _writer = new FrameWriter(_stream);
        _reader = new FrameReader(_stream);
        if (RoundTrip() != Enumerable.Range(0, Samples).Sum(i => i / 8.0))
        {
            throw new InvalidOperationException("What was read is not what was written.");
        }
    }

    [Benchmark(OperationsPerInvoke = Samples)]
    public long Write()
    {
        _stream.SetLength(0);
        BatchFrames.Write(_samples, _writer!, Samples, PerMessage, Signals);
        return _stream.Length;
    }

    /// <summary>Reads what was written before.</summary>
    [Benchmark(OperationsPerInvoke = Samples)]
    public double Read()
    {
        _stream.Position = 0;
        double sum = 0;
        while (_reader!.TryRead(out var frame))
        {
            var samples = new SamplesReader(frame.Body);
            while (samples.NextMessage())
            {
                while (samples.NextSample(out var sample))
                {
                    sum += sample.Number;
                }
            }
        }

        return sum;
    }

    [Benchmark(Baseline = true, OperationsPerInvoke = Samples)]
    public double RoundTrip()
    {
        Write();
        return Read();
    }

    [GlobalCleanup]
    public void Close() => _stream.Dispose();
}
