using System.Globalization;

namespace Plotune.Mqtt.Benchmarks.Speed;

/// <summary>One line of the table.</summary>
/// <param name="What">What was measured.</param>
/// <param name="Required">What it must reach; empty where nothing is required.</param>
/// <param name="Reached">What it has reached.</param>
/// <param name="Holds">Whether that is enough.</param>
internal sealed record SpeedRow(string What, string Required, string Reached, bool Holds)
{
    /// <summary>A row that only informs.</summary>
    public static SpeedRow Note(string what, FormattableString reached) => new(what, "", Text(reached), true);

    /// <param name="format">Shows the value and its limit, for example <c>0.0 'MiB'</c>.</param>
    public static SpeedRow AtMost(string what, double limit, double value, string format, string more = "") =>
        new(what, $"at most {Text(limit, format)}", Text(value, format) + more, value <= limit);

    /// <param name="format">As with <see cref="AtMost"/>.</param>
    public static SpeedRow AtLeast(string what, double limit, double value, string format, string more = "") =>
        new(what, $"at least {Text(limit, format)}", Text(value, format) + more, value >= limit);

    public override string ToString() => $"| {What} | {Required} | {Reached} | {(Holds ? "" : "no")} |";

    public static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static string Text(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
