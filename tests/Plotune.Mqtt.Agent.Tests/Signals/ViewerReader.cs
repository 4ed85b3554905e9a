using System.Text;
using System.Text.Json;
using Plotune.Mqtt.Agent.Signals;

namespace Plotune.Mqtt.Agent.Tests.Signals;

/// <summary>Reads a viewer as an endpoint does.</summary>
internal static class ViewerReader
{
    /// <summary>What is there now.</summary>
    public static List<ViewerSample> DrainAll(this SignalViewer viewer, int span = 100)
    {
        var all = new List<ViewerSample>();
        var buffer = new ViewerSample[span];
        int count;
        while ((count = viewer.Drain(buffer)) > 0)
            all.AddRange(buffer[..count]);
        return all;
    }

    public static double Number(this ViewerSample sample)
    {
        using var json = JsonDocument.Parse("{" + Encoding.UTF8.GetString(sample.Json.Span));
        return json.RootElement.GetProperty("value").GetDouble();
    }

    public static IEnumerable<double> Numbers(this IEnumerable<ViewerSample> samples) => samples.Select(Number);
}
