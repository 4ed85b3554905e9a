using Plotune.Mqtt.Payloads;

namespace Plotune.Mqtt.Agent.Tests.Monitor;

/// <summary>The rules of a curve in their plainest form: a list of groups of samples.</summary>
internal sealed class CurveModel(long bucketMicros)
{
    private const long ChangeMicros = 50_000;

    private readonly List<Group> _groups = [];
    private CurveStep? _last;

    public void Take(long time, CurveStep step)
    {
        if (double.IsNaN(step.Number)) step = CurveStep.Of(step.Advance, SignalValueKind.Gap, 0);
        var isNumber = step.Kind == SignalValueKind.Number;
        var isSame = _last is not null && _last.Kind == step.Kind && _last.Number == step.Number;
        _last = step;
        if (!isNumber && isSame) return;
        var slot = step.Kind == SignalValueKind.Gap ? long.MaxValue : (long)Math.Floor((decimal)time / (isNumber ? bucketMicros : ChangeMicros));
        if (_groups.Count == 0 || slot == long.MaxValue || _groups[^1].Slot != slot || _groups[^1].IsNumber != isNumber) _groups.Add(new Group(slot, isNumber));
        _groups[^1].Samples.Add((time, step.Kind, step.Number));
    }

    public List<(long Time, SignalValueKind Kind, double Minimum, double Maximum)> Drain()
    {
        var leave = _groups.Count > 0 && _groups[^1] is { IsNumber: true, WasLeft: false };
        var taken = _groups.Take(leave ? _groups.Count - 1 : _groups.Count).Select(group => group.ToPoint()).ToList();
        _groups.RemoveRange(0, taken.Count);
        if (leave) _groups[0].WasLeft = true;
        return taken;
    }

    private sealed class Group(long slot, bool isNumber)
    {
        public long Slot => slot;

        public bool IsNumber => isNumber;

        public bool WasLeft { get; set; }

        public List<(long Time, SignalValueKind Kind, double Number)> Samples { get; } = [];

        public (long Time, SignalValueKind Kind, double Minimum, double Maximum) ToPoint() => isNumber
            ? (Samples.Max(sample => sample.Time), SignalValueKind.Number, Samples.Min(sample => sample.Number), Samples.Max(sample => sample.Number))
            : (Samples[^1].Time, Samples[^1].Kind, Samples[^1].Number, Samples[^1].Number);
    }
}
