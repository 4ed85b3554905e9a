using System.Text.Json;

namespace Plotune.Mqtt.Agent.Api;

/// <summary>One message of a viewer on <c>/ws</c>.</summary>
/// <param name="Batch">Null leaves it as it is.</param>
internal sealed record LiveRequest(IReadOnlyList<string> Subscribe, IReadOnlyList<string> Unsubscribe, bool History, bool? Batch)
{
    public static readonly LiveRequest Nothing = new([], [], false, null);

    /// <returns>What is wrong with the message, as a sentence; null if nothing.</returns>
    public static string? Read(JsonElement message, out LiveRequest request)
    {
        request = Nothing;
        if (message.ValueKind != JsonValueKind.Object) return "The message must be a JSON object";
        var known = false;
        var read = Nothing;
        foreach (var member in message.EnumerateObject())
        {
            known = true;
            switch (member.Name)
            {
                case "subscribe" when Names(member.Value) is { } names:
                    read = read with { Subscribe = names };
                    break;
                case "unsubscribe" when Names(member.Value) is { } names:
                    read = read with { Unsubscribe = names };
                    break;
                case "history" when member.Value.ValueKind is JsonValueKind.True or JsonValueKind.False:
                    read = read with { History = member.Value.GetBoolean() };
                    break;
                case "batch" when member.Value.ValueKind is JsonValueKind.True or JsonValueKind.False:
                    read = read with { Batch = member.Value.GetBoolean() };
                    break;
                case "subscribe" or "unsubscribe":
                    return $"{member.Name} must be a list of names";
                case "history" or "batch":
                    return $"{member.Name} must be true or false";
                default:
                    return $"'{(member.Name.Length > 50 ? member.Name[..50] : member.Name)}' is not known; there are subscribe, unsubscribe, history and batch";
            }
        }

        request = read;
        return known ? null : "The message asks for nothing; there are subscribe, unsubscribe, history and batch";
    }

    private static List<string>? Names(JsonElement list)
    {
        if (list.ValueKind != JsonValueKind.Array) return null;
        var names = new List<string>();
        foreach (var entry in list.EnumerateArray())
        {
            if (entry.ValueKind != JsonValueKind.String) return null;
            names.Add(entry.GetString()!);
        }

        return names;
    }
}
