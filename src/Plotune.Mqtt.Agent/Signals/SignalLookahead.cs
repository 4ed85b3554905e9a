using Plotune.Mqtt.Payloads;
using Plotune.Mqtt.Worker.Ipc;

namespace Plotune.Mqtt.Agent.Signals;

/// <summary>
/// Runs ahead of the samples of a frame and begins to load what they will need, in three steps: where the signal is noted, the signal, and the place of its next sample. The loads go on
/// while samples are taken in; waited for one by one they would cost several times what a sample costs. Only hints: nothing depends on what the samples ahead say.
/// </summary>
/// <remarks>
/// A step is one short loop over a whole group. A processor lets a hint wait until it knows the page it is for, which it looks up in memory, too; only hints close to each other wait together.
/// </remarks>
/// <param name="samples">A copy of the reader, before its first sample.</param>
/// <param name="ids">Working memory for <see cref="Memory"/> numbers.</param>
internal ref struct SignalLookahead(Signal?[] byId, SamplesReader samples, Span<int> ids)
{
    public const int Memory = 4 * Group;

    private const int Group = 32;

    private readonly Span<int> _ids = ids[..Memory];
    private SamplesReader _samples = samples;
    private int _taken;
    private int _skimmed;
    private int _signals;
    private int _places;
    private bool _ended;

    /// <summary>To be called for each sample before it is taken in.</summary>
    public void Advance()
    {
        if (_taken++ % Group == 0)
            Load(_taken - 1);
    }

    private void Load(int taken)
    {
        while (!_ended && _skimmed < taken + (3 * Group))
            Skim();
        for (var end = Math.Min(taken + (2 * Group), _skimmed); _signals < end; _signals++)
            At(_signals)?.Prefetch();
        for (var end = Math.Min(taken + Group, _skimmed); _places < end; _places++)
            At(_places)?.PrefetchPlace();
    }

    private void Skim()
    {
        var group = _ids.Slice(_skimmed % Memory, Group);
        var count = _samples.Skim(group);
        foreach (var id in group[..count])
        {
            if ((uint)id < (uint)byId.Length)
                CacheLine.Prefetch(ref byId[id]);
        }

        _skimmed += count;
        _ended = count < Group;
    }

    private readonly Signal? At(int index)
    {
        var id = _ids[index % Memory];
        return (uint)id < (uint)byId.Length ? byId[id] : null;
    }
}
