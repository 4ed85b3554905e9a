using System.Text;

namespace Plotune.Mqtt.Payloads.Json;

/// <summary>A text that a payload may name or not.</summary>
internal readonly ref struct NamedText(ReadOnlySpan<byte> utf8)
{
    public ReadOnlySpan<byte> Utf8 { get; } = utf8;

    public bool IsNamed { get; } = true;

    public bool IsSame(string? known)
    {
        if (known is null || Encoding.UTF8.GetByteCount(known) != Utf8.Length)
        {
            return false;
        }

        var rest = Utf8;
        foreach (var rune in known.EnumerateRunes())
        {
            Rune.DecodeFromUtf8(rest, out var next, out var used);
            if (next != rune)
            {
                return false;
            }

            rest = rest[used..];
        }

        return true;
    }
}
