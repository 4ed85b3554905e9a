using System.Globalization;
using System.Text.Json;

namespace Plotune.Mqtt.Agent.Configuration;

/// <summary>
/// Reads the members of a JSON object strictly: a member of the wrong type is a fault, an absent one is null. Null counts as absent.
/// </summary>
/// <param name="element">The object; anything else reads as one without members.</param>
/// <param name="prefix">Put before a member's name in a fault, such as <c>connection.</c>.</param>
internal readonly struct JsonFields(JsonElement element, string prefix, FaultList faults)
{
    public FaultList Faults => faults;

    public string NameOf(string member) => prefix + member;

    /// <summary>The members' names, in the order they were sent; one sent twice is there twice.</summary>
    public IReadOnlyList<string> Names => element.ValueKind == JsonValueKind.Object ? [.. element.EnumerateObject().Select(member => member.Name)] : [];

    public bool Has(string member) => Find(member) is not null;

    public string? Text(string member) => Find(member) switch
    {
        null => null,
        { ValueKind: JsonValueKind.String } value => TextOf(member, value),
        _ => Fault<string>(member, "must be a text"),
    };

    public bool? Flag(string member) => Find(member) switch
    {
        null => null,
        { ValueKind: JsonValueKind.True } => true,
        { ValueKind: JsonValueKind.False } => false,
        _ => FaultOf<bool>(member, "must be true or false"),
    };

    public int? Number(string member, int minimum, int maximum) => Find(member) switch
    {
        null => null,
        { ValueKind: JsonValueKind.Number } value when value.TryGetInt32(out var number) && number >= minimum && number <= maximum => number,
        _ => FaultOf<int>(member, $"must be a whole number from {minimum} to {maximum}"),
    };

    public double? Real(string member, double minimum, double maximum) => Find(member) switch
    {
        null => null,
        { ValueKind: JsonValueKind.Number } value when value.TryGetDouble(out var number) && number >= minimum && number <= maximum => number,
        _ => FaultOf<double>(member, string.Create(CultureInfo.InvariantCulture, $"must be a number from {minimum} to {maximum}")),
    };

    /// <summary>The value of the choice named by the member's text.</summary>
    public T? Choice<T>(string member, params ReadOnlySpan<(string Name, T Value)> choices) where T : struct
    {
        if (Find(member) is not { } value) return null;
        if (value.ValueKind == JsonValueKind.String)
        {
            var text = TextOf(member, value);
            foreach (var choice in choices)
            {
                if (choice.Name == text) return choice.Value;
            }
        }

        var names = new List<string>();
        foreach (var choice in choices) names.Add(choice.Name);
        return FaultOf<T>(member, $"must be one of {string.Join(", ", names)}");
    }

    public JsonElement? Array(string member) => Find(member) switch
    {
        null => null,
        { ValueKind: JsonValueKind.Array } value => value,
        _ => FaultOf<JsonElement>(member, "must be a list"),
    };

    public JsonFields? Object(string member) => Find(member) switch
    {
        null => null,
        { ValueKind: JsonValueKind.Object } value => new JsonFields(value, $"{prefix}{member}.", faults),
        _ => FaultOf<JsonFields>(member, "must be an object"),
    };

    public JsonElement? Find(string member) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(member, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    /// <summary>Sent as null, which is otherwise the same as absent.</summary>
    public bool IsNull(string member) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(member, out var value) && value.ValueKind == JsonValueKind.Null;

    /// <summary>A text with half a surrogate pair (<c>"\ud800"</c>) is legal JSON but no Unicode.</summary>
    private string? TextOf(string member, JsonElement value)
    {
        try
        {
            return value.GetString();
        }
        catch (InvalidOperationException)
        {
            return Fault<string>(member, "is not well-formed Unicode");
        }
    }

    private T? Fault<T>(string member, string message) where T : class
    {
        faults.Add(NameOf(member), message);
        return null;
    }

    private T? FaultOf<T>(string member, string message) where T : struct
    {
        faults.Add(NameOf(member), message);
        return null;
    }
}
