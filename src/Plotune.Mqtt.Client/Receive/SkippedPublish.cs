namespace Plotune.Mqtt.Client.Receive;

/// <summary>A PUBLISH that is larger than the limit and passes by.</summary>
/// <param name="BytesLeft">Bytes of it still to come, or to be consumed.</param>
internal readonly record struct SkippedPublish(long BytesLeft, ushort PacketIdentifier, QualityOfService QualityOfService)
{
    public bool IsActive => BytesLeft > 0;
}
