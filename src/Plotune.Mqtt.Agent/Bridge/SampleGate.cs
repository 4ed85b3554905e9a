namespace Plotune.Mqtt.Agent.Bridge;

/// <summary>
/// Holds samples back by the options of a bridge. Of what comes faster than the limit the newest is kept and let through when its time has come, so that the last value of
/// a burst is never missing. Not thread-safe, but for <see cref="Options"/>.
/// </summary>
internal sealed class SampleGate(BridgeOptions options, TimeProvider timeProvider)
{
    private volatile BridgeOptions _options = options;
    private BridgeSample? _held;
    private long? _passedAt;
    private double _passed = double.NaN;

    public BridgeOptions Options
    {
        get => _options;
        set => _options = value;
    }

    /// <summary>The sample that waits for its time.</summary>
    public BridgeSample? Held => _held;

    /// <summary>How long until <see cref="TakeDue"/> has something; null if nothing is held.</summary>
    public TimeSpan? DueIn => _held is null ? null : Wait() is var wait && wait > TimeSpan.Zero ? wait : TimeSpan.Zero;

    /// <returns>What may be published now, and how many samples are left out for good.</returns>
    public (BridgeSample? Passed, int LeftOut) Offer(in BridgeSample sample)
    {
        if (Wait() > TimeSpan.Zero)
        {
            var leftOut = _held is null ? 0 : 1;
            _held = sample;
            return (null, leftOut);
        }

        var overtaken = _held is null ? 0 : 1;
        _held = null;
        return Pass(sample) ? (sample, overtaken) : (null, overtaken + 1);
    }

    /// <summary>The held sample if its time has come.</summary>
    public (BridgeSample? Passed, int LeftOut) TakeDue() => _held is not null && Wait() <= TimeSpan.Zero ? TakeHeld() : (null, 0);

    /// <summary>The held sample, its time come or not.</summary>
    public (BridgeSample? Passed, int LeftOut) TakeHeld()
    {
        if (_held is not { } held) return (null, 0);
        _held = null;
        return Pass(held) ? (held, 0) : (null, 1);
    }

    private bool Pass(in BridgeSample sample)
    {
        // Of two that are no numbers, or one, there is no distance.
        if (Math.Abs(sample.Number - _passed) < _options.DeadBand) return false;
        _passed = sample.Number;
        _passedAt = timeProvider.GetTimestamp();
        return true;
    }

    private TimeSpan Wait() => _options.SamplesPerSecond > 0 && _passedAt is { } at
        ? TimeSpan.FromSeconds(Math.Min(1 / _options.SamplesPerSecond, 86_400)) - timeProvider.GetElapsedTime(at)
        : TimeSpan.Zero;
}
