using System.Text.Json;

namespace Plotune.Mqtt.Agent.Monitor;

/// <summary>The whole of what a page shows, and so is told of; the one message it sends, read as hostile input.</summary>
internal sealed record MonitorShow
{
    public const int MaximumValues = 500;
    public const int MaximumCurves = 200;
    public const int MaximumMessages = 1000;

    private const double MinimumBucketSeconds = 0.001;
    private const double MaximumBucketSeconds = 3600;
    private const int DefaultMessages = 200;

    public static readonly MonitorShow Nothing = new();

    public bool Status { get; private init; }

    public bool Catalog { get; private init; }

    /// <summary>Signals whose values are seen, by their positions in the catalog as it was sent.</summary>
    public IReadOnlyList<int> Values { get; private init; } = [];

    public IReadOnlyList<CurveRequest> Curves { get; private init; } = [];

    /// <summary>Null if no messages are seen.</summary>
    public MessageRequest? Messages { get; private init; }

    /// <returns>What is wrong with the message, as a sentence; null if nothing.</returns>
    public static string? Read(ReadOnlyMemory<byte> message, out MonitorShow show)
    {
        show = Nothing;
        try
        {
            using var document = JsonDocument.Parse(message);
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("show", out var wanted) || wanted.ValueKind != JsonValueKind.Object)
                return "The message must be a JSON object with a member show, an object";
            return Read(wanted, ref show);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException) // the latter: half a surrogate pair
        {
            return "The message is not JSON";
        }
    }

    private static string? Read(JsonElement wanted, ref MonitorShow show)
    {
        var read = Nothing;
        foreach (var member in wanted.EnumerateObject())
        {
            var fault = member.Name switch
            {
                "status" or "catalog" => ReadFlag(member, ref read),
                "values" => ReadValues(member.Value, ref read),
                "curves" => ReadCurves(member.Value, ref read),
                "messages" => ReadMessages(member.Value, ref read),
                _ => $"'{(member.Name.Length > 50 ? member.Name[..50] : member.Name)}' is not known; there are status, catalog, values, curves and messages",
            };
            if (fault is not null) return fault;
        }

        show = read;
        return null;
    }

    private static string? ReadFlag(JsonProperty member, ref MonitorShow show)
    {
        if (member.Value.ValueKind is not (JsonValueKind.True or JsonValueKind.False)) return $"{member.Name} must be true or false";
        var shown = member.Value.GetBoolean();
        show = member.Name == "status" ? show with { Status = shown } : show with { Catalog = shown };
        return null;
    }

    private static string? ReadValues(JsonElement list, ref MonitorShow show)
    {
        if (list.ValueKind != JsonValueKind.Array || list.GetArrayLength() > MaximumValues) return $"values must be a list of at most {MaximumValues} positions in the catalog";
        var positions = new List<int>(list.GetArrayLength());
        foreach (var entry in list.EnumerateArray())
        {
            if (!TryReadNumber(entry, out var position)) return "values must be a list of positions in the catalog, whole numbers from 0";
            positions.Add(position);
        }

        show = show with { Values = [.. positions.Distinct()] };
        return null;
    }

    private static string? ReadCurves(JsonElement list, ref MonitorShow show)
    {
        if (list.ValueKind != JsonValueKind.Array || list.GetArrayLength() > MaximumCurves) return $"curves must be a list of at most {MaximumCurves} curves";
        var curves = new List<CurveRequest>(list.GetArrayLength());
        foreach (var entry in list.EnumerateArray())
        {
            if (ReadCurve(entry) is not { } curve)
                return "A curve must be an object with id, a whole number from 0; signal, a key; and bucket, 0.001 to 3600 s";
            curves.Add(curve);
        }

        if (curves.DistinctBy(curve => curve.Id).Count() < curves.Count) return "Two curves have the same id";
        show = show with { Curves = curves };
        return null;
    }

    private static CurveRequest? ReadCurve(JsonElement entry) =>
        entry.ValueKind == JsonValueKind.Object
        && entry.TryGetProperty("id", out var id) && TryReadNumber(id, out var number)
        && entry.TryGetProperty("signal", out var signal) && signal.ValueKind == JsonValueKind.String && signal.GetString() is { Length: > 0 } key
        && entry.TryGetProperty("bucket", out var bucket) && bucket.ValueKind == JsonValueKind.Number
        && bucket.TryGetDouble(out var seconds) && seconds is >= MinimumBucketSeconds and <= MaximumBucketSeconds
            ? new CurveRequest(number, key, (long)Math.Round(seconds * 1_000_000))
            : null;

    private static string? ReadMessages(JsonElement wanted, ref MonitorShow show)
    {
        if (wanted.ValueKind == JsonValueKind.Null) return null;
        const string fault = "messages must be an object with connection, match and source, which are texts, and limit, 1 to 1000";
        if (wanted.ValueKind != JsonValueKind.Object) return fault;
        var request = new MessageRequest("", "", "", DefaultMessages);
        foreach (var member in wanted.EnumerateObject())
        {
            switch (member.Name)
            {
                case "connection" when member.Value.ValueKind == JsonValueKind.String:
                    request = request with { Connection = member.Value.GetString()! };
                    break;
                case "match" when member.Value.ValueKind == JsonValueKind.String:
                    request = request with { Match = member.Value.GetString()! };
                    break;
                case "source" when member.Value.ValueKind == JsonValueKind.String:
                    request = request with { Source = member.Value.GetString()! };
                    break;
                case "limit" when TryReadNumber(member.Value, out var limit) && limit is >= 1 and <= MaximumMessages:
                    request = request with { Limit = limit };
                    break;
                default:
                    return fault;
            }
        }

        show = show with { Messages = request };
        return null;
    }

    private static bool TryReadNumber(JsonElement entry, out int number)
    {
        number = 0;
        return entry.ValueKind == JsonValueKind.Number && entry.TryGetInt32(out number) && number >= 0;
    }
}
