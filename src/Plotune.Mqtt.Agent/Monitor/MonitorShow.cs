using System.Text.Json;
using Plotune.Mqtt.Agent.Supervision;
using Plotune.Mqtt.Client;

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
    private const string MessagesFault = "messages must be an object with connection, match and source, which are texts, and limit, 1 to 1000";

    public static readonly MonitorShow Nothing = new();

    public bool Status { get; private init; }

    public bool Catalog { get; private init; }

    /// <summary>Signals whose values are seen, by their positions in the catalog as it was sent.</summary>
    public IReadOnlyList<int> Values { get; private init; } = [];

    public IReadOnlyList<CurveRequest> Curves { get; private init; } = [];

    /// <summary>Null if no messages are seen. A text with <c>+</c> or <c>#</c> is a topic filter, any other a topic in which <c>*</c> stands for any characters.</summary>
    public MessageQuery? Messages { get; private init; }

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
        if (wanted.ValueKind != JsonValueKind.Object) return MessagesFault;
        var query = new MessageQuery { Limit = DefaultMessages };
        foreach (var member in wanted.EnumerateObject())
        {
            if (ReadMember(member, ref query) is { } fault) return fault;
        }

        show = show with { Messages = query };
        return null;
    }

    /// <summary>An empty text stands for all.</summary>
    private static string? ReadMember(JsonProperty member, ref MessageQuery query)
    {
        if (member.Name == "limit")
        {
            if (!TryReadNumber(member.Value, out var limit) || limit is < 1 or > MaximumMessages) return MessagesFault;
            query = query with { Limit = limit };
            return null;
        }

        if (member.Value.ValueKind != JsonValueKind.String) return MessagesFault;
        var text = member.Value.GetString()!;
        switch (member.Name)
        {
            case "connection":
                query = query with { Connection = text.Length == 0 ? null : text };
                return null;
            case "source":
                query = query with { Source = text.Length == 0 ? null : text };
                return text.Length == 0 || MessageSources.All.Contains(text) ? null : $"The source of messages must be one of {string.Join(", ", MessageSources.All)}";
            case "match" when text.AsSpan().ContainsAny('+', '#'):
                query = query with { Filter = text };
                return MqttTopic.FilterError(text);
            case "match":
                query = query with { Match = text.Length == 0 ? null : text };
                return null;
            default:
                return MessagesFault;
        }
    }

    private static bool TryReadNumber(JsonElement entry, out int number)
    {
        number = 0;
        return entry.ValueKind == JsonValueKind.Number && entry.TryGetInt32(out number) && number >= 0;
    }
}
