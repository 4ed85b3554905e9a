using System.Diagnostics.CodeAnalysis;

namespace Plotune.Mqtt.Payloads.Json;

/// <summary>The members with a meaning at the top of an object: the last of each name, as its token's index; 0 if there is none.</summary>
internal struct TopMembers
{
    private const int LongestName = 11;
    private const int LongestEscape = 6;

    public int Value;
    public int Val;
    public int Unit;
    public int Units;
    public int Description;
    public int Timestamp;
    public int Time;
    public int Ts;
    public int T;

    /// <summary>Finds them; earlier ones of the same name are dead.</summary>
    public static TopMembers Find(Span<JsonToken> tokens, ReadOnlySpan<byte> payload)
    {
        var members = default(TopMembers);
        var nothing = 0;
        Span<byte> unescaped = stackalloc byte[LongestName + 1];
        for (var i = 1; i < tokens.Length; i = tokens[i].Next)
        {
            ref var token = ref tokens[i];
            if (token.NameLength > (token.NameIsEscaped ? LongestName * LongestEscape : LongestName))
            {
                continue;
            }

            scoped var name = payload.Slice(token.NameStart, token.NameLength);
            if (token.NameIsEscaped)
            {
                name = unescaped[..JsonString.Unescape(name, unescaped, out _)];
            }

            ref var member = ref members.Named(name, ref nothing);
            if (member > 0)
            {
                tokens[member].IsDead = true;
            }

            member = i;
            nothing = 0;
        }

        return members;
    }

    [UnscopedRef]
    private ref int Named(scoped ReadOnlySpan<byte> name, ref int nothing)
    {
        switch (name)
        {
            case [(byte)'t']: return ref T;
            case [(byte)'t', (byte)'s']: return ref Ts;
            case [_, _, _] when name.SequenceEqual("val"u8): return ref Val;
            case [_, _, _, _] when name.SequenceEqual("time"u8): return ref Time;
            case [_, _, _, _] when name.SequenceEqual("unit"u8): return ref Unit;
            case [_, _, _, _, _] when name.SequenceEqual("value"u8): return ref Value;
            case [_, _, _, _, _] when name.SequenceEqual("units"u8): return ref Units;
            case [.., _] when name.SequenceEqual("timestamp"u8): return ref Timestamp;
            case [.., _] when name.SequenceEqual("description"u8): return ref Description;
            default: return ref nothing;
        }
    }
}
