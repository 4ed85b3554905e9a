using System.Globalization;

namespace Plotune.Mqtt.Payloads.Json;

/// <summary>
/// A whole payload, checked and taken apart into tokens in document order; reused from payload to payload.
/// Besides RFC 8259 it takes the numbers <c>NaN</c>, <c>Infinity</c> and <c>-Infinity</c>, which many serializers write.
/// </summary>
internal sealed class JsonTape
{
    private const int InitialTokens = 64;
    private const int KeptTokens = 8192;

    private JsonToken[] _tokens = new JsonToken[InitialTokens];
    private int _count;

    public Span<JsonToken> Tokens => _tokens.AsSpan(0, _count);

    /// <summary>Deepest nesting of objects and arrays.</summary>
    public int Depth { get; private set; }

    /// <summary>False if the payload is not JSON, or has more values than allowed. Nesting is limited by their number alone, and both by the payload's size.</summary>
    /// <param name="json">Well-formed UTF-8.</param>
    /// <param name="maximumValues">Objects and arrays count too.</param>
    public bool TryParse(ReadOnlySpan<byte> json, int maximumValues = int.MaxValue)
    {
        Reset();
        var position = SkipWhiteSpace(json, 0);
        var container = -1;
        var depth = 0;
        var nameStart = 0;
        var nameLength = 0;
        var nameIsEscaped = false;
        while (true)
        {
            if (position >= json.Length || _count == maximumValues)
            {
                return false;
            }

            ref var token = ref Append(container);
            token.NameStart = nameStart;
            token.NameLength = nameLength;
            token.NameIsEscaped = nameIsEscaped;
            token.Start = position;
            if (json[position] is (byte)'{' or (byte)'[')
            {
                token.Kind = json[position] == '{' ? JsonTokenKind.Object : JsonTokenKind.Array;
                container = _count - 1;
                Depth = Math.Max(Depth, ++depth);
                position = SkipWhiteSpace(json, position + 1);
                if (position < json.Length && json[position] != Closing(token.Kind))
                {
                    nameLength = 0;
                    nameIsEscaped = false;
                    if (token.Kind == JsonTokenKind.Object && !TryReadName(json, ref position, out nameStart, out nameLength, out nameIsEscaped))
                    {
                        return false;
                    }

                    continue;
                }
            }
            else if (!TryReadScalar(json, ref position, ref token))
            {
                return false;
            }

            // Behind a value: the ends of what it completes, then the next member.
            while (true)
            {
                position = SkipWhiteSpace(json, position);
                if (container < 0)
                {
                    return position == json.Length;
                }

                if (position >= json.Length)
                {
                    return false;
                }

                ref var open = ref _tokens[container];
                if (json[position] == Closing(open.Kind))
                {
                    position++;
                    depth--;
                    open.Length = position - open.Start;
                    open.Next = _count;
                    container = open.Parent;
                    continue;
                }

                if (json[position] != ',')
                {
                    return false;
                }

                position = SkipWhiteSpace(json, position + 1);
                nameLength = 0;
                nameIsEscaped = false;
                if (open.Kind == JsonTokenKind.Object && !TryReadName(json, ref position, out nameStart, out nameLength, out nameIsEscaped))
                {
                    return false;
                }

                break;
            }
        }
    }

    private static byte Closing(JsonTokenKind kind) => kind == JsonTokenKind.Object ? (byte)'}' : (byte)']';

    private static int SkipWhiteSpace(ReadOnlySpan<byte> json, int position)
    {
        while (position < json.Length && json[position] is (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t')
        {
            position++;
        }

        return position;
    }

    private static bool TryReadName(ReadOnlySpan<byte> json, ref int position, out int start, out int length, out bool escaped)
    {
        start = position + 1;
        length = 0;
        escaped = false;
        if (position >= json.Length || json[position] != '"')
        {
            return false;
        }

        var end = JsonString.FindEnd(json, start, out escaped);
        if (end < 0)
        {
            return false;
        }

        length = end - start;
        position = SkipWhiteSpace(json, end + 1);
        if (position >= json.Length || json[position] != ':')
        {
            return false;
        }

        position = SkipWhiteSpace(json, position + 1);
        return true;
    }

    private static bool TryReadScalar(ReadOnlySpan<byte> json, ref int position, ref JsonToken token)
    {
        var start = position;
        switch (json[position])
        {
            case (byte)'"':
                var end = JsonString.FindEnd(json, position + 1, out token.TextIsEscaped);
                if (end < 0)
                {
                    return false;
                }

                token.Kind = JsonTokenKind.String;
                position = end + 1;
                break;
            case (byte)'t' when json[position..].StartsWith("true"u8):
                token.Kind = JsonTokenKind.True;
                position += 4;
                break;
            case (byte)'f' when json[position..].StartsWith("false"u8):
                token.Kind = JsonTokenKind.False;
                position += 5;
                break;
            case (byte)'n' when json[position..].StartsWith("null"u8):
                token.Kind = JsonTokenKind.Null;
                position += 4;
                break;
            default:
                token.Kind = JsonTokenKind.Number;
                if (DecimalNumber.TryReadJson(json, ref position, out var number))
                {
                    token.Number = number.ToDouble(json[start..position]);
                }
                else if (!TryReadNotFinite(json, ref position, out token.Number))
                {
                    return false;
                }

                break;
        }

        token.Length = position - start;
        return true;
    }

    private static bool TryReadNotFinite(ReadOnlySpan<byte> json, ref int position, out double number)
    {
        foreach (var name in (ReadOnlySpan<string>)["NaN", "Infinity", "-Infinity"])
        {
            var rest = json[position..];
            if (rest.Length >= name.Length && System.Text.Ascii.Equals(rest[..name.Length], name))
            {
                position += name.Length;
                number = double.Parse(name, CultureInfo.InvariantCulture);
                return true;
            }
        }

        number = 0;
        return false;
    }

    private ref JsonToken Append(int parent)
    {
        if (_count == _tokens.Length)
        {
            Array.Resize(ref _tokens, _count * 2);
        }

        ref var token = ref _tokens[_count++];
        token = default;
        token.Parent = parent;
        token.Next = _count;
        return ref token;
    }

    private void Reset()
    {
        // One huge payload must not hold its memory for ever.
        if (_tokens.Length > KeptTokens)
        {
            _tokens = new JsonToken[InitialTokens];
        }

        _count = 0;
        Depth = 0;
    }
}
