namespace Plotune.Mqtt.Payloads.Signed;

/// <summary>
/// The envelope <c>{"payload": original text, "hmac": lowercase hex, "algo": "sha256"}</c>, where hmac is HMAC-SHA256 over the text's UTF-8 under the secret's UTF-8.
/// Neither topic nor time is signed: it says who wrote the text, not where or when.
/// </summary>
internal static class Envelope
{
    /// <summary>Characters of an HMAC in hex.</summary>
    public const int HmacLength = 64;

    public static ReadOnlySpan<byte> PayloadName => "payload"u8;

    public static ReadOnlySpan<byte> HmacName => "hmac"u8;

    public static ReadOnlySpan<byte> AlgorithmName => "algo"u8;

    public static ReadOnlySpan<byte> Algorithm => "sha256"u8;
}
