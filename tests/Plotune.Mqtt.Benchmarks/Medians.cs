namespace Plotune.Mqtt.Benchmarks;

internal static class Medians
{
    public static double Median(this IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted[sorted.Length / 2];
    }

    /// <param name="share">0.99 for the value that 99 % do not exceed.</param>
    public static double Percentile(this IReadOnlyCollection<double> sorted, double share) => sorted.ElementAt(Math.Min(sorted.Count - 1, (int)(sorted.Count * share)));
}
