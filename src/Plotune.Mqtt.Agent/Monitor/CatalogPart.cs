using System.Text.Json;
using Plotune.Mqtt.Agent.Api;
using Plotune.Mqtt.Agent.Signals;

namespace Plotune.Mqtt.Agent.Monitor;

/// <summary>
/// <c>{"catalog":{"from","signals","total"}}</c>: all signals by position, block by block, then new ones as they appear; from 0 again after signals were removed. What was sent and
/// has another type, unit or description now comes as <c>changed</c>, behind an empty block.
/// </summary>
internal sealed class CatalogPart(SignalStore signals) : IMonitorPart
{
    private const int SignalsPerBlock = 1000;
    private const int BytesPerBlock = 256 * 1024;

    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan ChangesPeriod = TimeSpan.FromSeconds(1);

    private readonly Queue<int> _changed = [];
    private ArraySegment<Signal> _all = [];
    private int _removals = -1;
    private long _descriptions = signals.Descriptions;
    private TimeSpan _changesSought;

    public TimeSpan Due { get; private set; } = TimeSpan.MaxValue;

    /// <summary>Signals the page has been sent, so that it knows them by their positions; begins anew, with another array, when signals were removed.</summary>
    public ArraySegment<Signal> Sent { get; private set; } = [];

    public void Show(MonitorShow show, TimeSpan now)
    {
        if (show.Catalog != (Due != TimeSpan.MaxValue)) Due = show.Catalog ? now : TimeSpan.MaxValue;
    }

    public void Write(TextFrameBuffer frames, Utf8JsonWriter json, TimeSpan now)
    {
        _all = signals.InOrder(out var removals);
        if (removals != _removals)
        {
            (_removals, Sent) = (removals, []);
            _changed.Clear();
            WriteBlock(frames, json);
        }
        else if (Sent.Count < _all.Count)
        {
            WriteBlock(frames, json);
        }
        else
        {
            SeekChanges(now);
            if (_changed.Count > 0) WriteChanges(frames, json);
        }

        // The page gets the rest as fast as it reads; other frames go between.
        Due = Sent.Count < _all.Count || _changed.Count > 0 ? now : now + Period;
    }

    private void WriteBlock(TextFrameBuffer frames, Utf8JsonWriter json)
    {
        Begin(frames, json, Sent.Count);
        var next = Sent.Count;
        for (; next < _all.Count && next - Sent.Count < SignalsPerBlock && json.BytesPending + frames.Length < BytesPerBlock; next++)
        {
            var signal = _all[next];
            json.WriteStartArray();
            json.WriteStringValue(signal.Key);
            json.WriteStringValue(signal.Connection);
            json.WriteStringValue(signal.Topic);
            json.WriteStringValue(signal.Path);
            WriteDescription(json, signal);
            json.WriteNumberValue(UnixTime.SecondsOf(signal.FirstSeen));
            json.WriteEndArray();
        }

        json.WriteEndArray();
        Sent = _all[..next];
        End(frames, json);
    }

    private void SeekChanges(TimeSpan now)
    {
        if (now - _changesSought < ChangesPeriod || _changed.Count > 0 || signals.Descriptions == _descriptions) return;
        // What changes from here on is found again the next time.
        var before = _descriptions;
        (_descriptions, _changesSought) = (signals.Descriptions, now);
        for (var i = 0; i < Sent.Count; i++)
        {
            if (Sent[i].DescribedAt > before) _changed.Enqueue(i);
        }
    }

    private void WriteChanges(TextFrameBuffer frames, Utf8JsonWriter json)
    {
        Begin(frames, json, Sent.Count);
        json.WriteEndArray();
        json.WriteStartArray("changed");
        for (var count = 0; count < SignalsPerBlock && json.BytesPending + frames.Length < BytesPerBlock && _changed.TryDequeue(out var position); count++)
        {
            json.WriteStartArray();
            json.WriteNumberValue(position);
            WriteDescription(json, Sent[position]);
            json.WriteEndArray();
        }

        json.WriteEndArray();
        End(frames, json);
    }

    private static void WriteDescription(Utf8JsonWriter json, Signal signal)
    {
        json.WriteStringValue(SignalJson.NameOf(signal.Kind));
        json.WriteStringValue(signal.Unit);
        json.WriteStringValue(signal.Description);
    }

    private static void Begin(TextFrameBuffer frames, Utf8JsonWriter json, int from)
    {
        frames.BeginFrame();
        json.Reset(frames);
        json.WriteStartObject();
        json.WriteStartObject("catalog");
        json.WriteNumber("from", from);
        json.WriteStartArray("signals");
    }

    private void End(TextFrameBuffer frames, Utf8JsonWriter json)
    {
        json.WriteNumber("total", _all.Count);
        json.WriteEndObject();
        json.WriteEndObject();
        json.Flush();
        frames.EndFrame();
    }
}
