using System.Security.Cryptography;
using System.Text;
using System.Text.Unicode;
using Plotune.Mqtt.Payloads.Json;

namespace Plotune.Mqtt.Payloads.Signed;

/// <summary>
/// Opens signed envelopes. Takes any JSON that says what an envelope has to say, in any order, spacing and escaping; members that are no part of an envelope are left out of account,
/// up to <see cref="MaximumValues"/> values in all. A member of an envelope that is there twice makes none, since readers differ on which of the two counts. The HMAC is lowercase hex:
/// other spellings are refused, as subscribers that compare texts refuse them. Allocates nothing per message; not thread-safe.
/// </summary>
public sealed class EnvelopeVerifier : IDisposable
{
    /// <summary>Most JSON values in an envelope, those inside of others included.</summary>
    public const int MaximumValues = 64;

    private const int KeptBytes = 1 << 20;

    private readonly IncrementalHash _hash;
    private readonly JsonTape _tape = new();
    private byte[] _text = new byte[1024];

    /// <param name="secret">Shared with those who sign; not empty.</param>
    public EnvelopeVerifier(string secret)
    {
        ArgumentException.ThrowIfNullOrEmpty(secret);
        _hash = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, Encoding.UTF8.GetBytes(secret));
    }

    /// <summary>Checks an envelope, and gives the text that was signed.</summary>
    /// <param name="message">Any bytes; hostile until checked.</param>
    /// <param name="text">Well-formed UTF-8, valid as long as <paramref name="message"/> and until the next call; empty unless verified.</param>
    public EnvelopeResult Open(ReadOnlySpan<byte> message, out ReadOnlySpan<byte> text)
    {
        text = default;
        if (message.StartsWith(Utf8Text.ByteOrderMark))
        {
            message = message[Utf8Text.ByteOrderMark.Length..];
        }

        if (!Utf8.IsValid(message) || !_tape.TryParse(message, MaximumValues) || !TryFind(message, out var members))
        {
            return EnvelopeResult.NotSigned;
        }

        if (!Says(Content(message, members.Algorithm), _tape.Tokens[members.Algorithm].TextIsEscaped, Envelope.Algorithm))
        {
            return EnvelopeResult.UnknownAlgorithm;
        }

        var signed = Content(message, members.Payload);
        if (_tape.Tokens[members.Payload].TextIsEscaped)
        {
            signed = Unescape(signed);
        }

        if (!IsHmacOf(signed, Content(message, members.Hmac), _tape.Tokens[members.Hmac].TextIsEscaped))
        {
            return EnvelopeResult.BadSignature;
        }

        text = signed;
        return EnvelopeResult.Verified;
    }

    public void Dispose() => _hash.Dispose();

    private bool TryFind(ReadOnlySpan<byte> json, out (int Payload, int Hmac, int Algorithm) members)
    {
        members = default;
        var tokens = _tape.Tokens;
        if (tokens[0].Kind != JsonTokenKind.Object)
        {
            return false;
        }

        for (var i = 1; i < tokens.Length; i = tokens[i].Next)
        {
            ref readonly var token = ref tokens[i];
            var name = json.Slice(token.NameStart, token.NameLength);
            var isNew = Says(name, token.NameIsEscaped, Envelope.PayloadName) ? TryTake(ref members.Payload, i)
                : Says(name, token.NameIsEscaped, Envelope.HmacName) ? TryTake(ref members.Hmac, i)
                : !Says(name, token.NameIsEscaped, Envelope.AlgorithmName) || TryTake(ref members.Algorithm, i);
            if (!isNew)
            {
                return false;
            }
        }

        return IsText(members.Payload, tokens) && IsText(members.Hmac, tokens) && IsText(members.Algorithm, tokens);
    }

    private static bool TryTake(ref int member, int at)
    {
        if (member != 0)
        {
            return false;
        }

        member = at;
        return true;
    }

    // The object itself is at 0, so 0 is a member that is missing.
    private static bool IsText(int member, ReadOnlySpan<JsonToken> tokens) => member != 0 && tokens[member].Kind == JsonTokenKind.String;

    private ReadOnlySpan<byte> Content(ReadOnlySpan<byte> json, int token) => json.Slice(_tape.Tokens[token].Start + 1, _tape.Tokens[token].Length - 2);

    /// <summary>Whether the content of a JSON string says a text of at most 15 bytes.</summary>
    private static bool Says(ReadOnlySpan<byte> content, bool isEscaped, ReadOnlySpan<byte> expected)
    {
        if (!isEscaped)
        {
            return content.SequenceEqual(expected);
        }

        Span<byte> said = stackalloc byte[16];
        var length = JsonString.Unescape(content, said, out var cut);
        return !cut && said[..length].SequenceEqual(expected);
    }

    private ReadOnlySpan<byte> Unescape(ReadOnlySpan<byte> content)
    {
        // One huge message must not hold its memory for ever.
        if (_text.Length < content.Length || (_text.Length > KeptBytes && content.Length <= KeptBytes))
        {
            _text = new byte[Math.Max(content.Length, Math.Min(_text.Length * 2, KeptBytes))];
        }

        return _text.AsSpan(0, JsonString.Unescape(content, _text, out _));
    }

    private bool IsHmacOf(ReadOnlySpan<byte> text, ReadOnlySpan<byte> claimed, bool isEscaped)
    {
        _hash.AppendData(text);
        Span<byte> hmac = stackalloc byte[HMACSHA256.HashSizeInBytes];
        _hash.GetHashAndReset(hmac);
        Span<byte> expected = stackalloc byte[Envelope.HmacLength];
        Convert.TryToHexStringLower(hmac, expected, out _);
        if (!isEscaped)
        {
            return CryptographicOperations.FixedTimeEquals(expected, claimed);
        }

        Span<byte> unescaped = stackalloc byte[Envelope.HmacLength];
        var length = JsonString.Unescape(claimed, unescaped, out var cut);
        return !cut && CryptographicOperations.FixedTimeEquals(expected, unescaped[..length]);
    }
}
