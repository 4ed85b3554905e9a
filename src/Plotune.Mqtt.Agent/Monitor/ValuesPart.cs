using System.Text.Json;
using Plotune.Mqtt.Agent.Api;
using Plotune.Mqtt.Agent.Signals;

namespace Plotune.Mqtt.Agent.Monitor;

/// <summary>
/// <c>{"values":[[position,time,value,rate,retainedOnly],...]}</c>: the newest value of each signal that is seen, four times a second at most, only what has changed. Positions are those of the
/// catalog as it was sent. Of numbers that came in between the least and the greatest follow, <c>...,low,high]</c>: a curve through the newest ones alone would show an oscillation that is none.
/// </summary>
internal sealed class ValuesPart(CatalogPart catalog) : IMonitorPart
{
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(250);

    /// <summary>Least time between two frames while the page scrolls.</summary>
    private static readonly TimeSpan ShortestPeriod = TimeSpan.FromMilliseconds(50);

    private Dictionary<int, Told> _told = [];
    private TimeSpan _written = -Period;

    public TimeSpan Due { get; private set; } = TimeSpan.MaxValue;

    public void Show(MonitorShow show, TimeSpan now)
    {
        var told = new Dictionary<int, Told>(show.Values.Count);
        foreach (var position in show.Values) told.Add(position, _told.GetValueOrDefault(position));
        _told = told;
        Due = told.Count == 0 ? TimeSpan.MaxValue : now - _written < ShortestPeriod ? _written + ShortestPeriod : now;
    }

    public void Write(TextFrameBuffer frames, Utf8JsonWriter json, TimeSpan now)
    {
        (_written, Due) = (now, now + Period);
        var sent = catalog.Sent;
        foreach (var (position, told) in _told)
        {
            if (position >= sent.Count) continue;
            var signal = sent[position];
            var state = Told.Of(signal);
            if (state == told || signal.Latest is not { } latest) continue;
            if (frames.Length == 0) Begin(frames, json);
            _told[position] = state;
            json.WriteStartArray();
            json.WriteNumberValue(position);
            SignalJson.WriteTime(json, latest.TimeMicros);
            SignalJson.WriteValue(json, latest);
            json.WriteNumberValue(state.Rate);
            json.WriteBooleanValue(signal.IsRetainedOnly);
            if (told.Signal == signal && state.Samples - told.Samples > 1 && signal.RangeSince(told.Samples) is { } range)
            {
                json.WriteNumberValue(range.Low);
                json.WriteNumberValue(range.High);
            }

            json.WriteEndArray();
        }

        if (frames.Length > 0) End(frames, json);
    }

    private static void Begin(TextFrameBuffer frames, Utf8JsonWriter json)
    {
        frames.BeginFrame();
        frames.Append("{\"values\":"u8);
        json.Reset(frames);
        json.WriteStartArray();
    }

    private static void End(TextFrameBuffer frames, Utf8JsonWriter json)
    {
        json.WriteEndArray();
        json.Flush();
        frames.Append("}"u8);
        frames.EndFrame();
    }

    /// <summary>What the page was told of a signal; another one may stand at the same position after signals were removed.</summary>
    private readonly record struct Told(Signal? Signal, long Samples, double Rate)
    {
        public static Told Of(Signal signal) => new(signal, signal.SampleCount, double.IsFinite(signal.Rate) ? Math.Round(signal.Rate, 3) : 0);
    }
}
