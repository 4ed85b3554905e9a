using System.Globalization;
using System.Text.Json;
using Plotune.Mqtt.Client;

namespace Plotune.Mqtt.Agent.Configuration;

/// <summary>
/// Reads the flat object a form is submitted as. A value may be a text or a native JSON value: <c>"1883"</c> and <c>1883</c>, <c>"false"</c> and
/// <c>false</c> are the same. Absent and null read as null, a value that does not fit is a fault.
/// </summary>
internal readonly struct FormValues(JsonElement form, FaultList faults)
{
    private const int MaximumTextLength = 65_535;

    /// <summary>Whether any of these was submitted, whatever its value.</summary>
    public bool HasAny(IReadOnlyList<string> keys)
    {
        foreach (var key in keys)
        {
            if (form.TryGetProperty(key, out _)) return true;
        }

        return false;
    }

    /// <summary>The value as text, trimmed; numbers and booleans as they are spelled in JSON.</summary>
    public string? Text(string key) => RawText(key)?.Trim();

    /// <summary>The value as it was typed, blanks included: for a password.</summary>
    public string? RawText(string key)
    {
        if (!form.TryGetProperty(key, out var value)) return null;
        switch (value.ValueKind)
        {
            case JsonValueKind.Null:
                return null;
            case JsonValueKind.String:
                return TextOf(key, value);
            case JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False:
                return value.GetRawText();
            default:
                faults.Add(key, "must be a single value");
                return null;
        }
    }

    /// <summary>A list as one text, an entry per line: a text as it was typed, or a JSON list of texts.</summary>
    public string? List(string key)
    {
        if (!form.TryGetProperty(key, out var value) || value.ValueKind != JsonValueKind.Array) return Text(key);
        var lines = new List<string>();
        foreach (var entry in value.EnumerateArray())
        {
            if (entry.ValueKind != JsonValueKind.String)
            {
                faults.Add(key, "must be a text or a list of texts");
                return null;
            }

            if (TextOf(key, entry) is { } line) lines.Add(line.Trim());
        }

        return string.Join('\n', lines);
    }

    public bool? Flag(string key)
    {
        switch (Text(key)?.ToUpperInvariant())
        {
            case null:
                return null;
            case "TRUE" or "1" or "YES" or "ON":
                return true;
            case "FALSE" or "0" or "NO" or "OFF" or "":
                return false;
            default:
                faults.Add(key, "must be true or false");
                return null;
        }
    }

    /// <summary>A whole number; an empty text reads as null.</summary>
    public long? Whole(string key, long minimum, long maximum)
    {
        if (Text(key) is not { Length: > 0 } text) return null;
        if (decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            && decimal.IsInteger(number) && number >= minimum && number <= maximum)
        {
            return (long)number;
        }

        faults.Add(key, $"must be a whole number from {minimum} to {maximum}");
        return null;
    }

    public TimeSpan? Seconds(string key, long maximum) => Whole(key, 0, maximum) is { } seconds ? TimeSpan.FromSeconds(seconds) : null;

    public QualityOfService? QualityOfService(string key)
    {
        if (Text(key) is not { Length: > 0 } text) return null;
        if (QualityOfServiceText.Parse(text) is { } qos) return qos;
        faults.Add(key, "must be 0, 1 or 2");
        return null;
    }

    public T? Choice<T>(string key, ReadOnlySpan<(string Name, T Value)> choices) where T : struct
    {
        if (Text(key) is not { Length: > 0 } text) return null;
        var names = new List<string>();
        foreach (var (name, value) in choices)
        {
            if (name.Equals(text, StringComparison.OrdinalIgnoreCase)) return value;
            names.Add(name);
        }

        faults.Add(key, $"must be one of {string.Join(", ", names)}");
        return null;
    }

    private string? TextOf(string key, JsonElement value)
    {
        try
        {
            var text = value.GetString()!;
            if (text.Length <= MaximumTextLength && !text.Contains('\0')) return text;
            faults.Add(key, "is longer than 65,535 characters or holds the character U+0000");
        }
        catch (InvalidOperationException) // half a surrogate pair, such as "\ud800", is legal JSON but no Unicode
        {
            faults.Add(key, "is not well-formed Unicode");
        }

        return null;
    }
}
