namespace Plotune.Mqtt.Client.Receive;

/// <summary>A set of packet identifiers as a bitmap of 8 KiB, allocated with the first of them.</summary>
internal sealed class PacketIdentifierSet
{
    private ulong[]? _bits;

    public bool Contains(ushort identifier) => _bits is { } bits && (bits[identifier >> 6] & 1ul << identifier) != 0;

    /// <returns>False if it was in the set already.</returns>
    public bool Add(ushort identifier)
    {
        ref ulong word = ref (_bits ??= new ulong[1024])[identifier >> 6];
        ulong before = word;
        word |= 1ul << identifier;
        return word != before;
    }

    /// <returns>False if it was not in the set.</returns>
    public bool Remove(ushort identifier)
    {
        if (!Contains(identifier))
            return false;
        _bits![identifier >> 6] &= ~(1ul << identifier);
        return true;
    }

    public void Clear() => _bits = null;
}
