namespace Plotune.Mqtt.Client.Publishing;

/// <summary>Bytes of whole packets on their way into one write; used again for the next. Not thread-safe.</summary>
internal sealed class PacketBuffer
{
    private const int SmallestCapacity = 4 << 10;

    // What a large message needed beyond this is given back.
    private const int KeptCapacity = 256 << 10;

    private byte[] _bytes = [];
    private int _length;

    public ReadOnlyMemory<byte> Packets => _bytes.AsMemory(0, _length);

    /// <summary>Makes room at the end.</summary>
    /// <returns>The new bytes, to be written whole; valid until the next call.</returns>
    public Span<byte> Append(int count)
    {
        var needed = (long)_length + count;
        if (needed > _bytes.Length)
            Array.Resize(ref _bytes, (int)Math.Clamp(Math.Max(2L * _bytes.Length, SmallestCapacity), needed, Array.MaxLength));
        _length += count;
        return _bytes.AsSpan(_length - count);
    }

    public void Clear()
    {
        _length = 0;
        if (_bytes.Length > KeptCapacity)
            _bytes = [];
    }
}
