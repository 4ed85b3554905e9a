using System.Globalization;
using System.Text.Json.Nodes;

namespace Plotune.Mqtt.IntegrationTests.Support;

/// <summary>Which numbers of a sequence have come, and how: what is missing, what came again, what came too late. Not thread-safe.</summary>
internal sealed class NumberRecord
{
    private const int ShownAtMost = 10;

    private readonly HashSet<long> _seen = [];
    private readonly List<long> _late = [];
    private readonly List<long> _repeats = [];

    /// <summary>Numbers that have come, each counted once.</summary>
    public long Count => _seen.Count;

    public long Lowest { get; private set; } = long.MaxValue;

    public long Highest { get; private set; } = long.MinValue;

    /// <summary>Numbers that had come before, in the order they came again.</summary>
    public IReadOnlyList<long> Repeats => _repeats;

    /// <summary>Numbers that came for the first time after a higher one.</summary>
    public IReadOnlyList<long> Late => _late;

    /// <summary>The number a payload stands for: itself, its <c>value</c>, or that of the text in a signed envelope. Null if there is none.</summary>
    public static long? NumberIn(string payload)
    {
        try
        {
            return NumberIn(JsonNode.Parse(payload));
        }
        catch (System.Text.Json.JsonException)
        {
            return null;
        }
    }

    public void Add(long number)
    {
        if (!_seen.Add(number))
        {
            _repeats.Add(number);
            return;
        }

        if (number < Highest)
            _late.Add(number);
        Highest = Math.Max(Highest, number);
        Lowest = Math.Min(Lowest, number);
    }

    /// <summary>Whether each from <paramref name="first"/> to <paramref name="last"/> has come; in whatever order.</summary>
    public bool HasAll(long first, long last) => Count >= last - first + 1 && Gaps(first, last).Count == 0;

    /// <summary>What is missing from <paramref name="first"/> to <paramref name="last"/>, as ranges with both ends.</summary>
    public IReadOnlyList<(long First, long Last)> Gaps(long first, long last)
    {
        var gaps = new List<(long First, long Last)>();
        for (var number = first; number <= last; number++)
        {
            if (_seen.Contains(number))
                continue;

            if (gaps.Count > 0 && gaps[^1].Last == number - 1)
                gaps[^1] = (gaps[^1].First, number);
            else
                gaps.Add((number, number));
        }

        return gaps;
    }

    /// <summary>Fails, with what is wrong, unless each from <paramref name="first"/> to <paramref name="last"/> has come and no other, in order but for repeats.</summary>
    public void AssertAllInOrder(long first, long last) =>
        Assert.True(HasAll(first, last) && Count == last - first + 1 && Late.Count == 0, $"expected {first} to {last} in order, but came: {this}");

    public override string ToString()
    {
        if (Count == 0)
            return "nothing";

        var gaps = Gaps(Lowest, Highest);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{Count} numbers from {Lowest} to {Highest}; {gaps.Count} gaps{Some(gaps.Select(gap => gap.First == gap.Last ? $"{gap.First}" : $"{gap.First}-{gap.Last}"))}; {Late.Count} late{Some(Late)}; {Repeats.Count} repeated{Some(Repeats)}");
    }

    private static long? NumberIn(JsonNode? json) => json switch
    {
        JsonObject value => value.ContainsKey("value") ? NumberIn(value["value"]) : (string?)value["payload"] is { } signed ? NumberIn(signed) : null,
        JsonValue value when value.TryGetValue(out long number) => number,
        _ => null,
    };

    private static string Some<T>(IEnumerable<T> all)
    {
        var shown = all.Take(ShownAtMost + 1).ToList();
        return shown.Count == 0 ? "" : $" ({string.Join(", ", shown.Take(ShownAtMost))}{(shown.Count > ShownAtMost ? ", ..." : "")})";
    }
}
