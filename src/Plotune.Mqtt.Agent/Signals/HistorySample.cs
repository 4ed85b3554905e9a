using System.Text;
using Plotune.Mqtt.Payloads;

namespace Plotune.Mqtt.Agent.Signals;

/// <summary>A sample as a <see cref="SignalHistory"/> holds it: its text still as the UTF-8 bytes, which never change.</summary>
internal readonly record struct HistorySample(long TimeMicros, SignalValueKind Kind, double Number, byte[]? Text, bool TextCut, bool Retained)
{
    public TimedValue ToTimedValue() => new(TimeMicros, Kind, Number, Text is null ? null : Encoding.UTF8.GetString(Text), TextCut, Retained);
}
