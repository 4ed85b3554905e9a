using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Plotune.Mqtt.Payloads.Tests.Support;

/// <summary>The rules again, as simply as they can be written and without any thought of speed: what a topic's decoder must give.</summary>
internal sealed partial class ReferenceDecoder(PayloadOptions options)
{
    private static readonly string[] TimeNames = ["timestamp", "time", "ts", "t"];

    /// <summary>Known leaves, by path, in the order in which their gaps are told.</summary>
    private readonly HashSet<string> _leaves = [];

    public string Decode(byte[] payload)
    {
        var bytes = payload.AsSpan().StartsWith(Encoding.UTF8.Preamble) ? payload[3..] : payload;
        if (!System.Text.Unicode.Utf8.IsValid(bytes))
        {
            return nameof(DecodeResult.NotText);
        }

        if (bytes.Length == 0)
        {
            return Sorted(Gaps(string.Empty), Topic.Arrival);
        }

        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(bytes, new JsonDocumentOptions { MaxDepth = 10_000 });
        }
        catch (JsonException)
        {
            return Sorted([Plain(Encoding.UTF8.GetString(bytes))], Topic.Arrival);
        }

        using (document)
        {
            return Json(document.RootElement);
        }
    }

    /// <summary>In the order of their paths, since the gaps of one null come in no order that matters; then their time.</summary>
    public static string Sorted(IEnumerable<string> samples, long micros) => $"{string.Join(' ', samples.Order(StringComparer.Ordinal))} @{micros}";

    private string Json(JsonElement root)
    {
        if (Depth(root) > options.MaximumDepth)
        {
            return nameof(DecodeResult.TooDeep);
        }

        var samples = new List<(string Path, JsonElement Value)>();
        var start = root;
        string? time = null;
        var micros = Topic.Arrival;
        if (root.ValueKind == JsonValueKind.Object)
        {
            var members = Members(root).ToDictionary(member => member.Name, member => member.Value);
            time = TimeNames.FirstOrDefault(name => members.TryGetValue(name, out var value) && value.ValueKind is JsonValueKind.Number or JsonValueKind.String);
            var believed = time is null ? null : Time(members[time].GetRawText());
            micros = believed ?? Topic.Arrival;
            if (members.TryGetValue("value", out start) || members.TryGetValue("val", out start))
            {
                time = null;
            }
            else
            {
                start = root;
                time = time == "t" && believed is null ? null : time;
            }
        }

        Flatten(start, string.Empty, time is null ? null : "/" + time, samples);
        var known = new HashSet<string>(_leaves);
        var written = new List<string>();
        foreach (var (path, value) in samples)
        {
            if (value.ValueKind == JsonValueKind.Null)
            {
                written.AddRange(known.Where(leaf => leaf == path || leaf.StartsWith(path + "/", StringComparison.Ordinal)).Select(leaf => leaf + "=gap"));
            }
            else
            {
                _leaves.Add(path);
                written.Add($"{path}={Value(value)}");
            }
        }

        return Sorted(written, micros);
    }

    private string Plain(string text)
    {
        _leaves.Add(string.Empty);
        var trimmed = text.Trim(' ', '\t', '\r', '\n', '\v', '\f');
        if (Number().IsMatch(trimmed))
        {
            return "=" + double.Parse(trimmed, NumberStyles.Float, CultureInfo.InvariantCulture).ToString("R", CultureInfo.InvariantCulture);
        }

        if (NotFinite().IsMatch(trimmed))
        {
            return "=" + (trimmed.Contains("nan", StringComparison.OrdinalIgnoreCase) ? "NaN" : trimmed[0] == '-' ? "-Infinity" : "Infinity");
        }

        return Boolean().IsMatch(trimmed) ? "=" + trimmed.ToLowerInvariant() : $"='{text}'";
    }

    private IEnumerable<string> Gaps(string path) =>
        _leaves.Where(leaf => leaf == path || leaf.StartsWith(path + "/", StringComparison.Ordinal)).Select(leaf => leaf + "=gap");

    private static void Flatten(JsonElement element, string path, string? without, List<(string Path, JsonElement Value)> samples)
    {
        if (path == without && path.Length > 0)
        {
            return;
        }

        if (element.ValueKind == JsonValueKind.Object)
        {
            foreach (var (name, value) in Members(element))
            {
                Flatten(value, path + "/" + name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal), without, samples);
            }
        }
        else if (element.ValueKind == JsonValueKind.Array)
        {
            var index = 0;
            foreach (var value in element.EnumerateArray())
            {
                Flatten(value, string.Create(CultureInfo.InvariantCulture, $"{path}/{index++}"), without, samples);
            }
        }
        else
        {
            samples.Add((path, element));
        }
    }

    private static IEnumerable<(string Name, JsonElement Value)> Members(JsonElement element) =>
        element.EnumerateObject()
            .Select(member => (Name: Unescape(Encoding.UTF8.GetString(JsonMarshal.GetRawUtf8PropertyName(member))), member.Value))
            .GroupBy(member => member.Name)
            .Select(same => same.Last());

    /// <summary>Knows the texts of the form that the tests use.</summary>
    private long? Time(string written)
    {
        if (DateTimeOffset.TryParseExact(written.Trim('"'), "yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var date))
        {
            return Believed((date - DateTimeOffset.UnixEpoch).Ticks / 10m);
        }

        if (!decimal.TryParse(written, NumberStyles.Float, CultureInfo.InvariantCulture, out var number))
        {
            return null;
        }

        return Believed(number * (Math.Abs(number) switch { < 1e11m => 1e6m, < 1e14m => 1e3m, < 1e17m => 1m, _ => 1e-3m }));
    }

    private long? Believed(decimal micros) =>
        Math.Abs(micros - Topic.Arrival) <= options.TimestampTolerance.Ticks / 10m ? (long)Math.Round(micros, MidpointRounding.AwayFromZero) : null;

    private static int Depth(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => 1 + element.EnumerateObject().Select(member => Depth(member.Value)).DefaultIfEmpty().Max(),
        JsonValueKind.Array => 1 + element.EnumerateArray().Select(Depth).DefaultIfEmpty().Max(),
        _ => 0,
    };

    private static string Value(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Number => double.Parse(value.GetRawText(), CultureInfo.InvariantCulture).ToString("R", CultureInfo.InvariantCulture),
        JsonValueKind.String => $"'{Unescape(value.GetRawText()[1..^1])}'",
        JsonValueKind.True => "true",
        _ => "false",
    };

    private static string Unescape(string content)
    {
        var units = Escape().Replace(content, match => match.Value[1] switch
        {
            'u' => ((char)int.Parse(match.Value.AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture)).ToString(),
            'b' => "\b",
            'f' => "\f",
            'n' => "\n",
            'r' => "\r",
            't' => "\t",
            var itself => itself.ToString(),
        });
        return Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(units));
    }

    [GeneratedRegex(@"\A[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?\z")]
    private static partial Regex Number();

    [GeneratedRegex(@"\A[+-]?(nan|inf|infinity)\z", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex NotFinite();

    [GeneratedRegex(@"\A(true|false)\z", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Boolean();

    [GeneratedRegex(@"\\(u[0-9a-fA-F]{4}|.)")]
    private static partial Regex Escape();
}
