using System.Runtime.InteropServices;

namespace Plotune.Mqtt.Worker.Ingest;

/// <summary>
/// Hash of topic names under keys drawn at random per table, so that nobody who chooses topic names can choose where they fall. Sixteen bytes a
/// step: one 64 by 64 bit multiplication whose halves are folded together.
/// </summary>
internal sealed class TopicHash
{
    /// <summary>The same for every process of this executable, whenever it was built: workers that share a connection's topics agree by it.</summary>
    public static readonly TopicHash Stable = new(0x9E37_79B9_7F4A_7C15, 0xA076_1D64_78BD_642F, 0xE703_7ED1_A0B4_28DB);

    private readonly ulong _seed;
    private readonly ulong _key0;
    private readonly ulong _key1;

    public TopicHash()
        : this(Draw(), Draw(), Draw())
    {
    }

    private TopicHash(ulong seed, ulong key0, ulong key1) => (_seed, _key0, _key1) = (seed, key0, key1);

    public uint Compute(ReadOnlySpan<byte> name)
    {
        ulong hash = _seed;
        int length = name.Length;
        if (length > 16)
        {
            // The last step takes the last sixteen bytes, whether or not some of them have been taken before.
            int offset = 0;
            for (; offset < length - 16; offset += 16)
                hash = Fold(ReadUInt64(name, offset) ^ _key0, ReadUInt64(name, offset + 8) ^ hash);

            hash = Fold(ReadUInt64(name, length - 16) ^ _key0, ReadUInt64(name, length - 8) ^ hash);
        }
        else
        {
            (ulong low, ulong high) = ReadShort(name);
            hash = Fold(low ^ _key0, high ^ hash);
        }

        hash = Fold(hash ^ _key1, (uint)length ^ _key0);
        return (uint)(hash ^ (hash >> 32));
    }

    // From the system's generator, as RandomNumberGenerator, which would load OpenSSL: more than a MiB in a worker that has no other use for it. The few bits that are
    // the same in all such identifiers meet random ones of the other half.
    private static ulong Draw()
    {
        ReadOnlySpan<ulong> halves = MemoryMarshal.Cast<byte, ulong>(Guid.NewGuid().ToByteArray());
        return halves[0] ^ halves[1];
    }

    private static (ulong Low, ulong High) ReadShort(ReadOnlySpan<byte> name) => name.Length switch
    {
        >= 8 => (ReadUInt64(name, 0), ReadUInt64(name, name.Length - 8)),
        >= 4 => (MemoryMarshal.Read<uint>(name), MemoryMarshal.Read<uint>(name[^4..])),
        > 0 => (name[0], ((uint)name[name.Length / 2] << 8) | name[^1]),
        _ => (0, 0),
    };

    private static ulong ReadUInt64(ReadOnlySpan<byte> name, int offset) => MemoryMarshal.Read<ulong>(name.Slice(offset, 8));

    private static ulong Fold(ulong left, ulong right)
    {
        ulong high = Math.BigMul(left, right, out ulong low);
        return high ^ low;
    }
}
