using System.Globalization;
using System.Text;

namespace Plotune.Mqtt.Payloads.Tests.Support;

/// <summary>Random JSON of few names, so that payloads share paths, repeat members and change kinds; the shape and the values have seeds of their own.</summary>
internal sealed class RandomJson(int shapeSeed, int valueSeed)
{
    private static readonly string[] Names =
    [
        "a", "b", "\\u0061", "ä", "\\u00e4", "/", "~", "a\\/b", "", "0", "1", "value", "val", "unit", "description", "timestamp", "time", "ts", "t", "\\ud800", "c\\\"", "long name of many bytes",
    ];

    private static readonly string[] Values =
    [
        "0", "-0", "1", "-1", "12.5", "0.1", "1e3", "1E-7", "123456789012345678", "12345678901234567890123", "0.30000000000000004", "1e400", "-1e400", "1767323045", "1767323045.123", "21.5",
        "true", "false", "null", "null", "\"\"", "\"x\"", "\"grüße\"", "\"a\\nb\"", "\"\\ud83d\\ude00\"", "\"\\udc00\"", "\"2026-01-02T03:04:05Z\"", "\"a text of more than sixteen bytes\"",
        "\"a text of more than sixteen bytes, with ü\"", "{}", "[]",
    ];

    private static readonly string[] Spaces = ["", "", "", " ", "\n  ", "\t"];

    private readonly Random _shape = new(shapeSeed);
    private readonly Random _value = new(valueSeed);
    private readonly StringBuilder _text = new();

    public static byte[] Payload(int shapeSeed, int valueSeed) => new RandomJson(shapeSeed, valueSeed).Write();

    private byte[] Write()
    {
        Space();
        Value(0);
        Space();
        return Encoding.UTF8.GetBytes(_text.ToString());
    }

    private void Value(int depth)
    {
        var kind = _shape.Next(depth == 0 ? 8 : 12);
        if (kind >= 5 + depth)
        {
            Container(depth, isObject: kind != 6);
            return;
        }

        _text.Append(kind == 0 && depth == 0 ? "null" : Values[_value.Next(Values.Length)]);
    }

    private void Container(int depth, bool isObject)
    {
        _text.Append(isObject ? '{' : '[');
        Space();
        var members = _shape.Next(depth == 0 ? 14 : 5);
        for (var i = 0; i < members; i++)
        {
            _text.Append(i == 0 ? string.Empty : ",");
            Space();
            if (isObject)
            {
                _text.Append(CultureInfo.InvariantCulture, $"\"{Names[_shape.Next(Names.Length)]}\"");
                Space();
                _text.Append(':');
                Space();
            }

            Value(depth + 1);
            Space();
        }

        _text.Append(isObject ? '}' : ']');
    }

    private void Space() => _text.Append(Spaces[_shape.Next(Spaces.Length)]);
}
