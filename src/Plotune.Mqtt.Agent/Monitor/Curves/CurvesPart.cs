using System.Buffers.Text;
using System.Text.Json;
using Plotune.Mqtt.Agent.Api;
using Plotune.Mqtt.Agent.Signals;
using Plotune.Mqtt.Payloads;

namespace Plotune.Mqtt.Agent.Monitor;

/// <summary>
/// <c>{"points":[[id,[time,minimum,maximum,...]],[id,"text",[time,value,...]],...]}</c>: what is new of each curve, twenty times a second at most. A curve whose kind of value changes has several entries in
/// one frame, in order.
/// </summary>
internal sealed class CurvesPart(SignalStore signals) : IMonitorPart, IDisposable
{
    private const int BytesPerFrame = 256 * 1024;

    /// <summary>Half of the 100 ms within which an open bucket is told, since it is left in once.</summary>
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(50);

    private readonly CurvePoint[] _points = new CurvePoint[CurveBuffer.Capacity];
    private Dictionary<int, Curve> _byId = [];
    private Curve[] _curves = [];
    private TimeSpan _begun = -Period;
    private int _next;

    public TimeSpan Due { get; private set; } = TimeSpan.MaxValue;

    public void Show(MonitorShow show, TimeSpan now)
    {
        var shown = new Dictionary<int, Curve>(show.Curves.Count);
        foreach (var request in show.Curves)
        {
            if (_byId.TryGetValue(request.Id, out var curve) && curve.Is(request))
            {
                _byId.Remove(request.Id);
                curve.SetBucket(request.BucketMicros);
                shown.Add(request.Id, curve);
            }
            else
            {
                shown.Add(request.Id, new Curve(signals, request));
            }
        }

        Dispose();
        _byId = shown;
        _curves = [.. shown.Values];
        _next = 0;
        Due = _curves.Length == 0 ? TimeSpan.MaxValue : now - _begun < Period ? _begun + Period : now;
    }

    public void Write(TextFrameBuffer frames, Utf8JsonWriter json, TimeSpan now)
    {
        if (_next == 0) _begun = now;
        while (_next < _curves.Length && frames.Length < BytesPerFrame)
        {
            var curve = _curves[_next++];
            var points = _points.AsSpan(0, curve.Drain(_points));
            WriteCurve(frames, curve, points);
            points.Clear(); // of references to texts
        }

        if (frames.Length > 0)
        {
            frames.Append("]}"u8);
            frames.EndFrame();
        }

        // What does not fit into one frame follows in the next one.
        if (_next < _curves.Length)
        {
            Due = now;
            return;
        }

        _next = 0;
        Due = _begun + Period;
    }

    /// <summary>Ends the curves that are not shown any more.</summary>
    public void Dispose()
    {
        foreach (var curve in _byId.Values) curve.Dispose();
        _byId = [];
    }

    private static void WriteCurve(TextFrameBuffer frames, Curve curve, ReadOnlySpan<CurvePoint> points)
    {
        for (var i = 0; i < points.Length; i++)
        {
            // A gap belongs to what is before it.
            var isText = points[i].Kind == SignalValueKind.Gap ? curve.IsText : points[i].Kind != SignalValueKind.Number;
            if (i == 0 || isText != curve.IsText)
            {
                if (i > 0) frames.Append("]]"u8);
                curve.IsText = isText;
                Begin(frames, curve);
            }
            else
            {
                frames.Append(","u8);
            }

            WritePoint(frames, points[i], isText);
        }

        if (points.Length > 0) frames.Append("]]"u8);
    }

    private static void Begin(TextFrameBuffer frames, Curve curve)
    {
        if (frames.Length == 0)
        {
            frames.BeginFrame();
            frames.Append("{\"points\":[["u8);
        }
        else
        {
            frames.Append(",["u8);
        }

        Utf8Formatter.TryFormat(curve.Id, frames.GetSpan(16), out var length);
        frames.Advance(length);
        frames.Append(curve.IsText ? ",\"text\",["u8 : ",["u8);
    }

    private static void WritePoint(TextFrameBuffer frames, in CurvePoint point, bool isText)
    {
        var room = frames.GetSpan(SampleJson.MaximumTimestampBytes + (2 * SampleJson.MaximumNumberBytes) + SampleJson.MaximumTextBytes(point.Text?.Length ?? 0) + 3);
        var length = SampleJson.WriteTimestamp(room, point.TimeMicros);
        room[length++] = (byte)',';
        length += SampleJson.WriteValue(room[length..], point.Kind, point.Minimum, point.Text);
        if (!isText)
        {
            room[length++] = (byte)',';
            length += SampleJson.WriteValue(room[length..], point.Kind, point.Maximum, point.Text);
        }

        frames.Advance(length);
    }
}
