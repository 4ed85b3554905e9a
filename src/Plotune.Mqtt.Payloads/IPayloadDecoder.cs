namespace Plotune.Mqtt.Payloads;

/// <summary>Decodes the payloads of one topic; remembers their shape. Not thread-safe.</summary>
public interface IPayloadDecoder
{
    /// <summary>Decodes one payload into <paramref name="message"/>, which is cleared first and left empty on failure.</summary>
    /// <param name="payload">Any bytes; hostile until checked.</param>
    /// <param name="arrivalMicros">Time of arrival, microseconds since 1970.</param>
    DecodeResult Decode(ReadOnlySpan<byte> payload, long arrivalMicros, DecodedMessage message);
}
