using System.Text.Json;
using Plotune.Mqtt.Agent.Signals;
using Plotune.Mqtt.Payloads;

namespace Plotune.Mqtt.Agent.Api;

/// <summary>Signals and their values as the API shows them.</summary>
internal static class SignalJson
{
    public static void Write(Utf8JsonWriter writer, Signal signal)
    {
        writer.WriteStartObject();
        writer.WriteString("name", signal.Key);
        writer.WriteString("topic", signal.Topic);
        writer.WriteString("path", signal.Path);
        writer.WriteString("connection", signal.Connection);
        writer.WriteString("type", NameOf(signal.Kind));
        writer.WriteString("unit", signal.Unit);
        writer.WriteString("description", signal.Description);
        WriteLatest(writer, signal);
        writer.WriteNumber("samples", signal.SampleCount);
        writer.WriteNumber("rate", double.IsFinite(signal.Rate) ? Math.Round(signal.Rate, 3) : 0);
        writer.WriteBoolean("retained", signal.IsRetainedOnly);
        writer.WriteEndObject();
    }

    /// <summary>Seconds since 1970, exact to the microsecond.</summary>
    public static void WriteTime(Utf8JsonWriter writer, long micros) => writer.WriteNumberValue(micros / 1_000_000m);

    public static void WriteValue(Utf8JsonWriter writer, in TimedValue sample)
    {
        switch (sample.Kind)
        {
            case SignalValueKind.Number when double.IsFinite(sample.Number):
                writer.WriteNumberValue(sample.Number);
                break;
            case SignalValueKind.Boolean:
                writer.WriteBooleanValue(sample.Number != 0);
                break;
            case SignalValueKind.Text:
                writer.WriteStringValue(sample.Text);
                break;
            default:
                writer.WriteNullValue();
                break;
        }
    }

    public static string NameOf(SignalValueKind kind) => kind switch
    {
        SignalValueKind.Number => "number",
        SignalValueKind.Boolean => "boolean",
        SignalValueKind.Text => "text",
        _ => "gap",
    };

    private static void WriteLatest(Utf8JsonWriter writer, Signal signal)
    {
        var latest = signal.Latest;
        writer.WritePropertyName("value");
        if (latest is { } value) WriteValue(writer, value);
        else writer.WriteNullValue();
        writer.WritePropertyName("time");
        if (latest is { } timed) WriteTime(writer, timed.TimeMicros);
        else writer.WriteNullValue();
    }
}
