namespace Plotune.Mqtt.Client.Receive;

/// <summary>Why <see cref="PacketDispatcher.Dispatch"/> returned.</summary>
internal enum DispatchResult
{
    /// <summary>Nothing complete is left.</summary>
    NeedsBytes,

    /// <summary>The handler asks to hand over before the next message.</summary>
    BatchIsFull,

    /// <summary>A packet for the client: <see cref="PacketDispatcher.TakePacket"/>.</summary>
    Packet,

    /// <summary>The broker broke the rules: <see cref="PacketDispatcher.Violation"/>.</summary>
    Violation,
}
