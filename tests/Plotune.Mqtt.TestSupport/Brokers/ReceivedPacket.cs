namespace Plotune.Mqtt.TestSupport;

/// <summary>One whole packet a client sent.</summary>
public sealed record ReceivedPacket(byte FirstByte, byte[] Body)
{
    public PacketType Type => (PacketType)(FirstByte >> 4);

    /// <summary>The packet identifier at the start of the body (every packet that has one, PUBLISH excepted).</summary>
    public ushort PacketIdentifier => new PacketBodyReader(Body).UInt16();

    public override string ToString() =>
        $"{Type} (0x{FirstByte:X2}, {Body.Length} bytes{(Body.Length == 0 ? "" : ": " + Convert.ToHexString(Body.AsSpan(0, Math.Min(Body.Length, 64))))})";
}
