using Plotune.Mqtt.Payloads;
using Plotune.Mqtt.Worker.Ipc;

namespace Plotune.Mqtt.Agent.Signals;

/// <summary>
/// The signals of one run of a worker, by the numbers it gave them. What a worker sends against the contract is a <see cref="FrameException"/>. One thread, the reader of the worker's pipe.
/// </summary>
internal sealed class WorkerSignals
{
    private const int InitialCapacity = 64;

    /// <summary>So many signals stay in the processor's caches by themselves.</summary>
    private const int FewSignals = 4096;

    private readonly SignalStore _store;
    private readonly ConnectionSignals _owner;
    private readonly int _worker;
    private readonly int _maximumSignals;
    private readonly List<SignalViewer> _wake = [];
    private Signal?[] _byId = new Signal?[InitialCapacity];
    private bool[] _refused = new bool[InitialCapacity];
    private bool _limitReached;

    internal WorkerSignals(SignalStore store, ConnectionSignals owner, int worker, int maximumSignals)
    {
        _store = store;
        _owner = owner;
        _worker = worker;
        _maximumSignals = maximumSignals;
    }

    /// <summary>Called once, when the first signal is refused.</summary>
    public Action? LimitReached { get; init; }

    /// <summary>Whether this is its worker's present run. Guarded by <see cref="ConnectionSignals.Gate"/>.</summary>
    internal bool Counts => _owner.Runs[_worker] == this;

    /// <returns>False if the catalog refused it; its samples are left out.</returns>
    /// <exception cref="FrameException">The number is out of range or taken.</exception>
    public bool Define(int id, string topic, string path, SignalValueKind kind)
    {
        if ((uint)id >= (uint)_maximumSignals)
            throw new FrameException($"Signal {id} is out of range; at most {_maximumSignals} are allowed.");

        EnsureCapacity(id);
        if (_byId[id] is not null || _refused[id])
            throw new FrameException($"Signal {id} is defined twice.");

        _byId[id] = _store.GetOrAdd(this, _owner, topic, path, kind);
        if (_byId[id] is not null)
            return true;

        Refuse(id);
        return false;
    }

    /// <summary>A payload named a unit or a description; null leaves what was known.</summary>
    /// <exception cref="FrameException">The number is not defined.</exception>
    public void Describe(int id, string? unit, string? description)
    {
        if (Resolve(id) is { } signal)
            _store.Describe(signal, unit, description);
    }

    /// <summary>Takes in the samples of one frame, and wakes their viewers once.</summary>
    /// <returns>Samples taken in.</returns>
    /// <exception cref="FrameException">The bytes do not add up, or a number is not defined. What came before it is taken in.</exception>
    public int Append(SamplesReader samples)
    {
        try
        {
            lock (_owner.Gate)
                return Counts ? AppendAll(ref samples) : 0;
        }
        finally
        {
            foreach (var viewer in _wake)
                viewer.Wake();
            _wake.Clear();
        }
    }

    private int AppendAll(ref SamplesReader samples)
    {
        var count = 0;
        var byId = _byId;
        var texts = _owner.Texts;
        var isLarge = byId.Length > FewSignals;
        var ahead = new SignalLookahead(byId, samples, stackalloc int[SignalLookahead.Memory]);
        while (samples.NextMessage())
        {
            var timeMicros = samples.TimeMicros;
            var retained = samples.Retained;
            while (samples.NextSample(out var sample))
            {
                if (isLarge)
                    ahead.Advance();

                var id = sample.SignalId;
                if ((uint)id < (uint)byId.Length && byId[id] is { } signal)
                {
                    signal.Append(timeMicros, retained, sample, texts, _wake);
                    count++;
                }
                else
                {
                    _ = Resolve(id);
                }
            }
        }

        return count;
    }

    /// <summary>Null for a signal that was refused.</summary>
    private Signal? Resolve(int id)
    {
        if ((uint)id < (uint)_byId.Length && (_byId[id] is not null || _refused[id]))
            return _byId[id];

        throw new FrameException($"Signal {id} is not defined.");
    }

    private void Refuse(int id)
    {
        _refused[id] = true;
        if (_limitReached)
            return;

        _limitReached = true;
        LimitReached?.Invoke();
    }

    private void EnsureCapacity(int id)
    {
        if (id < _byId.Length)
            return;

        var capacity = Math.Max(_byId.Length, (int)Math.Min(Math.Max(_byId.Length * 2L, id + 1L), _maximumSignals));
        Array.Resize(ref _byId, capacity);
        Array.Resize(ref _refused, capacity);
    }
}
