using System.Globalization;

namespace Plotune.Mqtt.Benchmarks.WholePath;

/// <summary>Seconds since 1970: the one clock that all processes of a measurement share.</summary>
internal static class UnixTime
{
    public static double Now => (DateTime.UtcNow - DateTime.UnixEpoch).TotalSeconds;

    /// <summary>What a receiver prints when the last message is through.</summary>
    public static string EndLine() => string.Create(CultureInfo.InvariantCulture, $"end {Now:F6}");
}
