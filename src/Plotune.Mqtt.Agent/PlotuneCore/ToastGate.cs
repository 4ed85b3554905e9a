using Plotune.Mqtt.Agent.Supervision;

namespace Plotune.Mqtt.Agent.PlotuneCore;

/// <summary>
/// Keeps a flapping connection from flooding the user: at most one toast per connection and interval. What happens in between is held, the
/// newest only, and told when the interval is over if it is still news. Not thread-safe.
/// </summary>
internal sealed class ToastGate
{
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(15);

    private const int MaximumConnections = 256;

    private readonly Dictionary<string, Told> _told = new(StringComparer.Ordinal);

    /// <summary>Events that were never told because a newer one came, or none was needed any more.</summary>
    public long Suppressed { get; private set; }

    /// <summary>When the next held event may be told; null if none is held.</summary>
    public DateTimeOffset? NextDue
    {
        get
        {
            DateTimeOffset? due = null;
            foreach (var told in _told.Values)
            {
                if (told.Held is not null && (due is null || told.At + Interval < due)) due = told.At + Interval;
            }

            return due;
        }
    }

    /// <returns>The event if it may be told now; null if it is held or no news.</returns>
    public ConnectionEvent? Offer(ConnectionEvent happened, DateTimeOffset now)
    {
        if (!_told.TryGetValue(happened.Connection, out var told))
        {
            MakeRoom();
            _told[happened.Connection] = new Told(now, happened.Kind);
            return happened;
        }

        if (told.Held is not null) Suppressed++;
        if (now - told.At < Interval)
        {
            told.Held = happened;
            return null;
        }

        return Tell(told, happened, now);
    }

    /// <returns>A held event whose time has come; null if there is none.</returns>
    public ConnectionEvent? TakeDue(DateTimeOffset now)
    {
        foreach (var told in _told.Values)
        {
            if (told.Held is { } held && now - told.At >= Interval && Tell(told, held, now) is { } news) return news;
        }

        return null;
    }

    /// <summary>"Back" after "back" says nothing: the loss in between was never told.</summary>
    private ConnectionEvent? Tell(Told told, ConnectionEvent happened, DateTimeOffset now)
    {
        told.Held = null;
        if (happened.Kind == told.Kind && happened.Kind is ConnectionEventKind.Back or ConnectionEventKind.Lost)
        {
            Suppressed++;
            return null;
        }

        told.At = now;
        told.Kind = happened.Kind;
        return happened;
    }

    private void MakeRoom()
    {
        if (_told.Count < MaximumConnections) return;
        _told.Remove(_told.MinBy(pair => pair.Value.At).Key);
    }

    private sealed class Told(DateTimeOffset at, ConnectionEventKind kind)
    {
        public DateTimeOffset At { get; set; } = at;

        public ConnectionEventKind Kind { get; set; } = kind;

        public ConnectionEvent? Held { get; set; }
    }
}
