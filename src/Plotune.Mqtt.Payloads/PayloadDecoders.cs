namespace Plotune.Mqtt.Payloads;

/// <summary>Chooses the decoder of a topic.</summary>
public sealed class PayloadDecoders
{
    public PayloadDecoders(ISignalRegistry registry, PayloadOptions options) => throw new NotImplementedException();

    /// <summary>A decoder for the payloads of <paramref name="topic"/>; the caller keeps one per topic.</summary>
    public IPayloadDecoder Create(string topic) => throw new NotImplementedException();
}
