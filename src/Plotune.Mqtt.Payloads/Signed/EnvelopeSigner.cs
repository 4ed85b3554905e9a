using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using System.Text.Unicode;
using Plotune.Mqtt.Payloads.Json;

namespace Plotune.Mqtt.Payloads.Signed;

/// <summary>Wraps payloads in the signed envelope. Thread-safe.</summary>
public sealed class EnvelopeSigner
{
    /// <summary>Longest envelope made: no MQTT packet is longer (MQTT 5.0, 2.1.4).</summary>
    public const int MaximumLength = 268_435_455;

    private readonly byte[] _key;

    /// <param name="secret">Shared with those who verify; not empty.</param>
    public EnvelopeSigner(string secret)
    {
        ArgumentException.ThrowIfNullOrEmpty(secret);
        _key = Encoding.UTF8.GetBytes(secret);
    }

    private static ReadOnlySpan<byte> BeforePayload => "{\"payload\": \""u8;

    private static ReadOnlySpan<byte> BeforeHmac => "\", \"hmac\": \""u8;

    private static ReadOnlySpan<byte> AfterHmac => "\", \"algo\": \"sha256\"}"u8;

    /// <summary>The envelope of a payload: JSON in ASCII, byte for byte what Python's <c>json.dumps</c> makes of the same members.</summary>
    /// <param name="payload">Any bytes. Empty ones are the empty text, so that a signed message never clears a retained one.</param>
    /// <returns>False if it cannot be signed: it is not well-formed UTF-8, or its envelope would be longer than <see cref="MaximumLength"/>.</returns>
    public bool TryWrap(ReadOnlySpan<byte> payload, [NotNullWhen(true)] out byte[]? envelope)
    {
        envelope = null;
        if (!Utf8.IsValid(payload) || LengthOf(payload) is var length && length > MaximumLength)
        {
            return false;
        }

        envelope = new byte[length];
        var rest = Write(envelope, BeforePayload);
        rest = Write(rest[AsciiJson.Write(payload, rest)..], BeforeHmac);
        Span<byte> hmac = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(_key, payload, hmac);
        Convert.TryToHexStringLower(hmac, rest, out var written);
        Write(rest[written..], AfterHmac);
        return true;
    }

    /// <summary>Bytes of the envelope of a payload, however long.</summary>
    /// <param name="payload">Well-formed UTF-8.</param>
    public static long LengthOf(ReadOnlySpan<byte> payload) => BeforePayload.Length + AsciiJson.LengthOf(payload) + BeforeHmac.Length + Envelope.HmacLength + AfterHmac.Length;

    private static Span<byte> Write(Span<byte> destination, ReadOnlySpan<byte> text)
    {
        text.CopyTo(destination);
        return destination[text.Length..];
    }
}
