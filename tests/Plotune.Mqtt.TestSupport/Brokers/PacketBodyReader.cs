using System.Buffers.Binary;
using System.Text;

namespace Plotune.Mqtt.TestSupport;

/// <summary>Reads the fields of a packet's body in order.</summary>
internal ref struct PacketBodyReader(ReadOnlySpan<byte> body)
{
    private ReadOnlySpan<byte> _rest = body;

    public readonly bool AtEnd => _rest.IsEmpty;

    public byte Byte() => Take(1)[0];

    public ushort UInt16() => BinaryPrimitives.ReadUInt16BigEndian(Take(2));

    public uint UInt32() => BinaryPrimitives.ReadUInt32BigEndian(Take(4));

    public byte[] Binary() => Take(UInt16()).ToArray();

    public string Text() => Encoding.UTF8.GetString(Take(UInt16()));

    public byte[] Rest() => Take(_rest.Length).ToArray();

    public int VariableByteInteger()
    {
        var value = 0;
        for (var shift = 0; ; shift += 7)
        {
            var next = Byte();
            value |= (next & 127) << shift;
            if ((next & 128) == 0)
                return value;
        }
    }

    /// <summary>A property set, by identifier; user properties and repeated ones keep the last value. Values: uint or string or byte[].</summary>
    public IReadOnlyDictionary<byte, object> Properties()
    {
        var inner = new PacketBodyReader(Take(VariableByteInteger()));
        var found = new Dictionary<byte, object>();
        while (!inner.AtEnd)
        {
            var identifier = inner.Byte();
            found[identifier] = identifier switch
            {
                0x01 or 0x17 or 0x19 or 0x24 or 0x25 or 0x28 or 0x29 or 0x2A => (uint)inner.Byte(),
                0x13 or 0x21 or 0x22 or 0x23 => (uint)inner.UInt16(),
                0x02 or 0x11 or 0x18 or 0x27 => inner.UInt32(),
                0x0B => (uint)inner.VariableByteInteger(),
                0x09 or 0x16 => inner.Binary(),
                0x26 => (inner.Text(), inner.Text()),
                0x03 or 0x08 or 0x12 or 0x15 or 0x1A or 0x1C or 0x1F => inner.Text(),
                _ => throw new UnmetExpectationException($"A property 0x{identifier:X2} is not one of MQTT 5.0."),
            };
        }

        return found;
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > _rest.Length)
            throw new UnmetExpectationException($"A packet is too short: {count} more bytes expected, {_rest.Length} left.");
        var taken = _rest[..count];
        _rest = _rest[count..];
        return taken;
    }
}
