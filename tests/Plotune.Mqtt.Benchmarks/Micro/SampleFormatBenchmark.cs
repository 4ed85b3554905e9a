using System.Buffers;
using System.Text.Json;
using BenchmarkDotNet.Attributes;
using Plotune.Mqtt.Payloads;

namespace Plotune.Mqtt.Benchmarks.Micro;

/// <summary>What does it cost to write one sample as JSON for viewers? The baseline is Utf8JsonWriter with the time as a decimal, so that it is exact too.</summary>
[MemoryDiagnoser]
public class SampleFormatBenchmark
{
    private const int Samples = 1000;
    private const long Start = 1_766_000_000_000_000;

    private readonly ArrayBufferWriter<byte> _output = new(1 << 20);
    private readonly byte[] _room = new byte[512];
    private readonly byte[] _text = [.. "running, door closed"u8];
    private readonly double[] _numbers = new double[Samples];
    private Utf8JsonWriter? _writer;

    public enum ValueKind
    {
        /// <summary>A whole number.</summary>
        Whole,

        /// <summary>Two decimals, as most sensors send.</summary>
        Decimals,

        /// <summary>All 15 to 17 digits of a double, as computed values have.</summary>
        Computed,

        /// <summary>True or false.</summary>
        Boolean,

        /// <summary>20 bytes of text.</summary>
        Text,
    }

    [ParamsAllValues]
    public ValueKind Value { get; set; }

    private SignalValueKind Kind => Value switch
    {
        ValueKind.Boolean => SignalValueKind.Boolean,
        ValueKind.Text => SignalValueKind.Text,
        _ => SignalValueKind.Number,
    };

    [GlobalSetup]
    public void MakeSamples()
    {
        var random = new Random(1);
        for (var i = 0; i < Samples; i++)
        {
            _numbers[i] = Value switch
            {
                ValueKind.Whole => random.Next(10_000),
                ValueKind.Decimals => random.Next(1_000_000) / 100.0,
                ValueKind.Computed => random.NextDouble() * 1000,
                _ => i & 1,
            };
        }

        _writer = new Utf8JsonWriter(_output);
    }

    [Benchmark(Baseline = true, OperationsPerInvoke = Samples)]
    public int JsonWriter()
    {
        _output.ResetWrittenCount();
        var writer = _writer!;
        var kind = Kind;
        for (var i = 0; i < Samples; i++)
        {
            writer.Reset(_output);
            writer.WriteStartObject();
            writer.WriteNumber("timestamp"u8, Time(i) / 1_000_000m);
            switch (kind)
            {
                case SignalValueKind.Boolean:
                    writer.WriteBoolean("value"u8, _numbers[i] != 0);
                    break;
                case SignalValueKind.Text:
                    writer.WriteString("value"u8, _text);
                    break;
                default:
                    writer.WriteNumber("value"u8, _numbers[i]);
                    break;
            }

            writer.WriteEndObject();
            writer.Flush();
        }

        return _output.WrittenCount;
    }

    [Benchmark(OperationsPerInvoke = Samples)]
    public int SampleJson()
    {
        var written = 0;
        var kind = Kind;
        for (var i = 0; i < Samples; i++)
        {
            written += Agent.Signals.SampleJson.WriteSample(_room, Time(i), kind, _numbers[i], kind == SignalValueKind.Text ? _text : default);
        }

        return written;
    }

    [GlobalCleanup]
    public void Dispose() => _writer?.Dispose();

    private static long Time(int i) => Start + (i * 1_234L);
}
