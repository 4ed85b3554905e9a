using System.Globalization;

namespace Plotune.Mqtt.Agent.Demo.Plant;

/// <summary>Numbers as devices write them.</summary>
internal static class PlantText
{
    /// <summary>Seconds since 1970 with milliseconds.</summary>
    public static string Time(DateTimeOffset time) => (time.ToUnixTimeMilliseconds() / 1000.0).ToString("F3", CultureInfo.InvariantCulture);

    public static string Number(double value, int digits) => value.ToString("F" + digits.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
}
