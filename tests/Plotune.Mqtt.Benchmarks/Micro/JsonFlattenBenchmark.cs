using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using BenchmarkDotNet.Attributes;
using Plotune.Mqtt.Benchmarks.Load;
using Plotune.Mqtt.Payloads;

namespace Plotune.Mqtt.Benchmarks.Micro;

/// <summary>
/// What does it cost to turn one payload into samples? The yardstick walks the same bytes with Utf8JsonReader and finds each number's signal by a hash of its path,
/// about the least that a decoder on the base class library can do.
/// </summary>
[MemoryDiagnoser]
public class JsonFlattenBenchmark
{
    private const int Payloads = 1000;
    private const long ArrivalMicros = 1_766_000_000_000_000;

    private readonly DecodedMessage _message = new();
    private readonly Dictionary<ulong, int> _signals = [];
    private readonly ulong[] _paths = new ulong[64];
    private byte[][] _payloads = [];
    private IPayloadDecoder? _decoder;
    private double _sum;

    public enum PayloadKind
    {
        /// <summary>A value object: value and timestamp.</summary>
        Small,

        /// <summary>22 leaves in nested objects and an array.</summary>
        Nested,

        /// <summary>As nested, but never spaced the same way twice in a row: no template fits.</summary>
        NestedUnlike,

        /// <summary>A bare number.</summary>
        Raw,
    }

    [ParamsAllValues]
    public PayloadKind Kind { get; set; }

    [GlobalSetup]
    public void MakePayloads()
    {
        var random = new Random(1);
        _payloads = [.. Enumerable.Range(0, Payloads).Select(i => Encoding.UTF8.GetBytes(Payload(random, i)))];
        _decoder = new PayloadDecoders(new CountingRegistry(), new PayloadOptions()).Create("plant/line/press");
    }

    [Benchmark(Baseline = true, OperationsPerInvoke = Payloads)]
    public double Yardstick()
    {
        foreach (var payload in _payloads)
        {
            Walk("plant/line/press"u8, payload);
        }

        return _sum;
    }

    [Benchmark(OperationsPerInvoke = Payloads)]
    public int Decoder()
    {
        var samples = 0;
        foreach (var payload in _payloads)
        {
            _decoder!.Decode(payload, ArrivalMicros, _message);
            samples += _message.Samples.Length;
        }

        return samples;
    }

    private string Payload(Random random, int number)
    {
        var time = FormattableString.Invariant($"{1_766_000_000 + (number / 1000)}.{number % 1000:000}");
        return Kind switch
        {
            PayloadKind.Raw => Number(),
            PayloadKind.Small => $$"""{"value": {{Number()}}, "timestamp": {{time}}}""",
            PayloadKind.Nested => Nested(string.Empty),
            _ => Nested(new string(' ', number % 37)),
        };

        string Number() => FormattableString.Invariant($"{random.Next(10, 1000)}.{random.Next(100):00}");

        string Nested(string space) =>
            $$$"""{{{{space}}}"device":{"id":"press-0001","fw":"2.4.1","online":true,"uptime":{{{number}}}}"""
            + $$$""","motor":{"speed":{{{Number()}}},"torque":{{{Number()}}},"phases":{"a":{{{Number()}}},"b":{{{Number()}}},"c":{{{Number()}}},"balanced":true}"""
            + $$$""","temp":{"winding":{{{Number()}}},"bearing":{{{Number()}}},"alarm":false}},"hydraulics":{"pressure":{{{Number()}}},"flow":{{{Number()}}}"""
            + $$$""","oil":{"temp":{{{Number()}}},"level":{{{number % 100}}}}},"position":[{{{Number()}}},-{{{Number()}}},{{{Number()}}}],"mode":"auto","cycle":{{{number}}}"""
            + $$$""","timestamp":{{{time}}}}""";
    }

    private void Walk(ReadOnlySpan<byte> topic, ReadOnlySpan<byte> payload)
    {
        var reader = new Utf8JsonReader(payload);
        var depth = 0;
        var path = Hash(0, topic);
        var element = 0UL;
        _paths[0] = path;
        while (reader.Read())
        {
            switch (reader.TokenType)
            {
                case JsonTokenType.PropertyName:
                    path = Hash(_paths[depth], reader.ValueSpan);
                    break;
                case JsonTokenType.StartObject or JsonTokenType.StartArray:
                    _paths[++depth] = path;
                    element = 0;
                    break;
                case JsonTokenType.EndObject or JsonTokenType.EndArray:
                    depth--;
                    break;
                case JsonTokenType.Number:
                    Add(path + element++, reader.GetDouble());
                    break;
                case JsonTokenType.True or JsonTokenType.False:
                    Add(path + element++, reader.TokenType == JsonTokenType.True ? 1 : 0);
                    break;
            }
        }
    }

    private void Add(ulong path, double number)
    {
        ref var signal = ref CollectionsMarshal.GetValueRefOrAddDefault(_signals, path, out var known);
        signal = known ? signal : _signals.Count;
        _sum += number;
    }

    private static ulong Hash(ulong seed, ReadOnlySpan<byte> bytes)
    {
        var hash = seed;
        for (; bytes.Length >= sizeof(ulong); bytes = bytes[sizeof(ulong)..])
        {
            hash = (hash ^ MemoryMarshal.Read<ulong>(bytes)) * 0x9E3779B97F4A7C15;
            hash ^= hash >> 29;
        }

        var rest = (ulong)bytes.Length + 1;
        foreach (var value in bytes)
        {
            rest = (rest << 8) | value;
        }

        hash = (hash ^ rest) * 0x9E3779B97F4A7C15;
        return hash ^ (hash >> 32);
    }
}
