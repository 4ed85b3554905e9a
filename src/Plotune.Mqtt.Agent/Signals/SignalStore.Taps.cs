namespace Plotune.Mqtt.Agent.Signals;

/// <summary>Taps, which see samples as they are taken in.</summary>
internal sealed partial class SignalStore
{
    private readonly TapTable _taps = new();

    /// <summary>
    /// Gives <paramref name="target"/> the signal's history and from then on every sample, without gap or duplicate, until the tap is disposed. A signal that does not exist yet is waited for, and one that
    /// was removed may come back.
    /// </summary>
    /// <param name="key">The signal's key; no other name and no pattern.</param>
    /// <param name="history">Samples of the history that are told at most, the newest.</param>
    public SignalTap Tap(string key, ISampleTap target, int history)
    {
        var tap = new SignalTap(this, key, target);
        lock (_lock)
        {
            _taps.Add(tap);
            if (_catalog.FindKey(key) is not { } signal)
                return tap;

            var taps = _taps.Of(signal);
            lock (signal.Owner.Gate)
            {
                signal.TellHistory(target, history);
                signal.SetTaps(taps);
            }
        }

        return tap;
    }

    internal void EndTap(SignalTap tap)
    {
        lock (_lock)
        {
            _taps.Remove(tap);
            if (tap.Signal is not { IsRemoved: false } signal)
                return;

            var taps = _taps.Of(signal);
            lock (signal.Owner.Gate)
                signal.SetTaps(taps);
        }
    }
}
