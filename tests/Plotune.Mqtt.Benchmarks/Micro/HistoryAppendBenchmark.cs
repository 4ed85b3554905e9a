using BenchmarkDotNet.Attributes;
using Plotune.Mqtt.Agent.Configuration;
using Plotune.Mqtt.Agent.Monitor;
using Plotune.Mqtt.Agent.Signals;
using Plotune.Mqtt.Benchmarks.Load;
using Plotune.Mqtt.Payloads;
using Plotune.Mqtt.Worker.Ipc;

namespace Plotune.Mqtt.Benchmarks.Micro;

/// <summary>
/// What does the agent do per sample that comes from a worker, and what does a viewer add, or a monitor page with a curve of each signal? They watch every signal and keep up: each takes what a frame
/// brought before the next one comes.
/// </summary>
[MemoryDiagnoser]
public class HistoryAppendBenchmark
{
    private const int Samples = 20_000;
    private const int Signals = 100;

    private readonly ViewerSample[] _taken = new ViewerSample[128];
    private readonly CurvePoint[] _points = new CurvePoint[CurveBuffer.Capacity];
    private byte[][] _frames = [];
    private SignalViewer[] _viewers = [];
    private CurveBuffer[] _curves = [];
    private SignalStore? _store;
    private WorkerSignals? _run;
    private long _viewed;
    private long _told;

    [GlobalSetup(Target = nameof(NoViewer))]
    public void StartWithoutViewer() => Start(0);

    [GlobalSetup(Target = nameof(OneViewer))]
    public void StartWithOneViewer() => Start(1);

    [GlobalSetup(Target = nameof(TenViewers))]
    public void StartWithTenViewers() => Start(10);

    [GlobalSetup(Target = nameof(OneCurve))]
    public void StartWithOneCurve()
    {
        Start(0);
        _curves = [.. Enumerable.Range(0, Signals).Select(_ => new CurveBuffer(50_000))];
        for (var i = 0; i < Signals; i++)
        {
            _store!.Tap($"t{i}", _curves[i], 0);
        }
    }

    [Benchmark(Baseline = true, OperationsPerInvoke = Samples)]
    public long NoViewer() => Append();

    [Benchmark(OperationsPerInvoke = Samples)]
    public long OneViewer() => Append();

    [Benchmark(OperationsPerInvoke = Samples)]
    public long TenViewers() => Append();

    [Benchmark(OperationsPerInvoke = Samples)]
    public long OneCurve() => Append();

    [GlobalCleanup]
    public void Check()
    {
        var appended = Enumerable.Range(0, Signals).Sum(i => _store!.Find($"t{i}")!.SampleCount);
        if (_curves.Length > 0 && _told == 0)
        {
            throw new InvalidOperationException("The curves got no points.");
        }

        if (appended == 0 || _viewed != appended * _viewers.Length)
        {
            throw new InvalidOperationException($"{_viewers.Length} viewers saw {_viewed} samples of {appended}.");
        }
    }

    private void Start(int viewers)
    {
        _store = new SignalStore(new AgentLimits());
        _run = _store.BeginRun("benchmark");
        for (var i = 0; i < Signals; i++)
        {
            _run.Define(i, $"t{i}", string.Empty, SignalValueKind.Number);
        }

        _frames = BatchFrames.Bodies(Samples, perMessage: 1, Signals);
        _curves = [];
        _viewers = [.. Enumerable.Range(0, viewers).Select(_ => new SignalViewer())];
        foreach (var viewer in _viewers)
        {
            _store.Subscribe("*", viewer, history: false);
        }
    }

    private long Append()
    {
        foreach (var frame in _frames)
        {
            _run!.Append(new SamplesReader(frame));
            foreach (var viewer in _viewers)
            {
                for (int count; (count = viewer.Drain(_taken)) > 0;)
                {
                    _viewed += count;
                }
            }

            foreach (var curve in _curves)
            {
                _told += curve.Drain(_points);
            }
        }

        return _viewed;
    }
}
