using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace Plotune.Mqtt.Benchmarks.WholePath;

/// <summary>The samples of one read as the yardstick writes them: a hash of topic and path (u32), the value, the time (doubles). Room for what one read can hold.</summary>
internal sealed class BareSamples
{
    public const int SampleBytes = 20;

    /// <summary>In place of a hash: the load has ended.</summary>
    public const uint EndMark = uint.MaxValue;

    private readonly byte[] _buffer = GC.AllocateUninitializedArray<byte>(4 << 20, pinned: true);
    private readonly ulong[] _paths = new ulong[64];
    private int _length;

    public ReadOnlySpan<byte> Written => _buffer.AsSpan(0, _length);

    public void Clear() => _length = 0;

    public void AddEnd() => Add(EndMark, 0);

    public void Add(ReadOnlySpan<byte> topic, ReadOnlySpan<byte> payload)
    {
        var reader = new Utf8JsonReader(payload);
        var first = _length;
        var path = Hash(0, topic);
        var element = 0UL;
        var depth = 0;
        var isTime = false;
        double time = 0;
        while (reader.Read())
        {
            switch (reader.TokenType)
            {
                case JsonTokenType.PropertyName:
                    isTime = depth == 1 && reader.ValueTextEquals("timestamp"u8);
                    path = Hash(_paths[depth], reader.ValueSpan);
                    break;
                case JsonTokenType.StartObject or JsonTokenType.StartArray:
                    _paths[++depth] = path;
                    element = 0;
                    break;
                case JsonTokenType.EndObject or JsonTokenType.EndArray:
                    depth--;
                    break;
                case JsonTokenType.Number when isTime:
                    time = reader.GetDouble();
                    break;
                case JsonTokenType.Number:
                    Add((uint)(path + element++) >> 1, reader.GetDouble());
                    break;
                case JsonTokenType.True or JsonTokenType.False:
                    Add((uint)(path + element++) >> 1, reader.TokenType == JsonTokenType.True ? 1 : 0);
                    break;
            }
        }

        for (; first < _length; first += SampleBytes)
        {
            BinaryPrimitives.WriteDoubleLittleEndian(_buffer.AsSpan(first + 12), time);
        }
    }

    private void Add(uint signal, double value)
    {
        var sample = _buffer.AsSpan(_length, SampleBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(sample, signal);
        BinaryPrimitives.WriteDoubleLittleEndian(sample[4..], value);
        _length += SampleBytes;
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
