using Plotune.Mqtt.Agent.Signals;

namespace Plotune.Mqtt.Agent.Monitor;

/// <summary>One curve of a page: a tap on its signal, and what of it the page has still to be told.</summary>
internal sealed class Curve : IDisposable
{
    /// <summary>As many as a history holds by default, however long it is.</summary>
    private const int HistorySamples = 240;

    private readonly CurveBuffer _buffer;
    private readonly SignalTap _tap;

    public Curve(SignalStore signals, CurveRequest request)
    {
        Id = request.Id;
        _buffer = new CurveBuffer(request.BucketMicros);
        _tap = signals.Tap(request.Signal, _buffer, HistorySamples);
    }

    public int Id { get; }

    /// <summary>What was told last were texts or booleans.</summary>
    public bool IsText { get; set; }

    /// <summary>Whether the page asks for this curve, at whatever width.</summary>
    public bool Is(CurveRequest request) => request.Id == Id && request.Signal == _tap.Key;

    public void SetBucket(long micros) => _buffer.BucketMicros = micros;

    /// <inheritdoc cref="CurveBuffer.Drain"/>
    public int Drain(Span<CurvePoint> destination)
    {
        if (_tap.Signal is not { } signal) return 0;
        lock (signal.Owner.Gate) return _buffer.Drain(destination);
    }

    public void Dispose() => _tap.Dispose();
}
