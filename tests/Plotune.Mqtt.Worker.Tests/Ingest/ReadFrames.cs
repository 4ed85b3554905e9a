using System.Text;
using Plotune.Mqtt.Payloads;
using Plotune.Mqtt.Worker.Ipc;

namespace Plotune.Mqtt.Worker.Tests.Ingest;

/// <summary>Frames in words, for comparison.</summary>
internal static class ReadFrames
{
    /// <summary>One line per frame, or per sample of a Samples frame.</summary>
    public static List<string> Describe(byte[] bytes)
    {
        var lines = new List<string>();
        var reader = new FrameReader(new MemoryStream(bytes));
        while (reader.TryRead(out var frame))
            Describe(frame, lines);
        return lines;
    }

    public static void Describe(FrameView frame, List<string> lines)
    {
        switch (frame.Kind)
        {
            case FrameKind.SignalDefined:
                var definition = SignalDefinitionFrame.Read(frame.Body);
                lines.Add($"define {definition.SignalId} {definition.Topic} '{definition.Path}' {definition.Kind}");
                break;
            case FrameKind.SignalDescribed:
                var description = SignalDescriptionFrame.Read(frame.Body);
                lines.Add($"describe {description.SignalId} {description.Unit ?? "-"} {description.Description ?? "-"}");
                break;
            case FrameKind.Samples:
                var samples = new SamplesReader(frame.Body);
                while (samples.NextMessage())
                {
                    while (samples.NextSample(out var sample))
                        lines.Add($"{samples.TimeMicros}{(samples.Retained ? " retained" : "")} {sample.SignalId} = {Value(sample)}");
                }

                break;
            default:
                lines.Add($"{frame.Kind}");
                break;
        }
    }

    private static string Value(in WireSample sample) => sample.Kind switch
    {
        SignalValueKind.Number => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{sample.Number}"),
        SignalValueKind.Boolean => sample.Number == 1 ? "true" : "false",
        SignalValueKind.Text => $"'{Encoding.UTF8.GetString(sample.Text)}'{(sample.TextCut ? " cut" : "")}",
        _ => "gap",
    };
}
