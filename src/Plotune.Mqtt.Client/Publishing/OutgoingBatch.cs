namespace Plotune.Mqtt.Client.Publishing;

/// <summary>The packets of one write. Used again for the next; not thread-safe.</summary>
internal sealed class OutgoingBatch
{
    private const int MaximumPackets = 512;
    private const int MaximumBytes = 64 << 10;
    private const int LargestPubRel = 5;

    private readonly OutgoingPacket[] _packets = new OutgoingPacket[MaximumPackets];
    private long _bytes;

    public int Count { get; private set; }

    /// <summary>A further packet, of any size, may be added.</summary>
    public bool HasRoom => Count < MaximumPackets && _bytes < MaximumBytes;

    /// <summary>One of them asks for an answer.</summary>
    public bool HasExchanges { get; private set; }

    public ReadOnlySpan<OutgoingPacket> Packets => _packets.AsSpan(0, Count);

    public void Add(in OutgoingPacket packet)
    {
        _packets[Count++] = packet;
        HasExchanges |= packet.PacketIdentifier != 0;
        _bytes += packet.Publish is null ? LargestPubRel : packet.Size;
    }

    public void Clear()
    {
        _packets.AsSpan(0, Count).Clear();
        Count = 0;
        HasExchanges = false;
        _bytes = 0;
    }
}
