using System.Buffers.Binary;
using System.Text;

namespace Plotune.Mqtt.Worker.Ipc;

/// <summary>Reads the fields of a body one after another; every length is checked before it is used.</summary>
internal ref struct FrameFields(ReadOnlySpan<byte> body)
{
    public const uint NullLength = uint.MaxValue;

    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private ReadOnlySpan<byte> _rest = body;

    public readonly bool IsAtEnd => _rest.IsEmpty;

    public byte ReadByte() => Take(1)[0];

    public uint ReadUInt32() => BinaryPrimitives.ReadUInt32LittleEndian(Take(4));

    public ulong ReadUInt64() => BinaryPrimitives.ReadUInt64LittleEndian(Take(8));

    /// <summary>A signal identifier as <see cref="WireSample"/> can hold it.</summary>
    public int ReadSignalId()
    {
        uint id = ReadUInt32();
        return id <= WireSample.MaximumSignalId ? (int)id : throw new FrameException($"Signal identifier {id} is out of range.");
    }

    /// <summary>Bytes with their length before them; valid as long as the body.</summary>
    public ReadOnlySpan<byte> ReadBytes() => Take(ReadUInt32());

    public string ReadText() => ReadOptionalText() ?? throw new FrameException("A text that must be there is missing.");

    public string? ReadOptionalText()
    {
        uint length = ReadUInt32();
        if (length == NullLength)
            return null;

        try
        {
            return Utf8.GetString(Take(length));
        }
        catch (DecoderFallbackException exception)
        {
            throw new FrameException("A text is not well-formed UTF-8.", exception);
        }
    }

    public readonly void ExpectEnd()
    {
        if (!_rest.IsEmpty)
            throw new FrameException($"A frame has {_rest.Length} bytes too many.");
    }

    private ReadOnlySpan<byte> Take(uint length)
    {
        if (length > (uint)_rest.Length)
            throw new FrameException($"A frame ends inside a field of {length} bytes.");

        ReadOnlySpan<byte> taken = _rest[..(int)length];
        _rest = _rest[(int)length..];
        return taken;
    }
}
