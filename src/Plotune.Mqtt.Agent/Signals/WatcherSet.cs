namespace Plotune.Mqtt.Agent.Signals;

/// <summary>
/// The viewers of a signal; immutable, and shared by all signals that got it in the same step, so that a viewer of everything costs one reference per signal.
/// </summary>
internal sealed class WatcherSet
{
    private readonly SignalViewer[] _viewers;

    public WatcherSet(params SignalViewer[] viewers) => _viewers = viewers;

    public ReadOnlySpan<SignalViewer> Viewers => _viewers;

    public bool Contains(SignalViewer viewer) => Array.IndexOf(_viewers, viewer) >= 0;

    public WatcherSet With(SignalViewer viewer) => new([.. _viewers, viewer]);

    /// <summary>Null if nobody is left.</summary>
    public WatcherSet? Without(SignalViewer viewer) => _viewers.Length == 1 ? null : new([.. _viewers.Where(other => other != viewer)]);
}
