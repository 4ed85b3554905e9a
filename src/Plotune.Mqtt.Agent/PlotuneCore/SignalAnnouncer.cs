using System.Globalization;
using System.Text;
using Plotune.Mqtt.Agent.Signals;

namespace Plotune.Mqtt.Agent.PlotuneCore;

/// <summary>
/// Walks the catalog in its order and knows which signal has to be announced next. The catalog itself is the queue: a hundred thousand
/// discoveries need no memory here, and none is lost or doubled. Used by one reader; <see cref="Pending"/> by any thread.
/// </summary>
internal sealed class SignalAnnouncer(SignalStore store)
{
    private const int PageSize = 256;

    private readonly Queue<Signal> _page = new();
    private int _registration;
    private long _next;
    private long _announced;

    /// <summary>The ordinal from which on nothing has been looked at yet.</summary>
    public long NextOrdinal => Interlocked.Read(ref _next);

    /// <summary>Signals Core has not been told of since it took the last registration.</summary>
    public long Pending => Math.Max(0, store.Count - Interlocked.Read(ref _announced));

    /// <summary>The next signal to announce; null if there is none for now. A new registration starts from the beginning.</summary>
    public Signal? Peek(int registration)
    {
        if (registration != _registration) StartOver(registration);
        while (true)
        {
            while (_page.TryPeek(out var signal))
            {
                if (signal.AnnouncedIn != registration) return signal;
                _page.Dequeue();
            }

            var page = store.GetByOrdinal(_next, PageSize);
            if (page.Count == 0) return null;
            foreach (var signal in page) _page.Enqueue(signal);
            Interlocked.Exchange(ref _next, page[^1].Ordinal + 1);
        }
    }

    /// <summary>The signal given by <see cref="Peek"/> is done with: announced, or refused for good.</summary>
    public void MarkAnnounced(Signal signal)
    {
        signal.AnnouncedIn = _registration;
        _page.Dequeue();
        Interlocked.Increment(ref _announced);
    }

    /// <summary>The time of discovery as text, then where the signal comes from.</summary>
    public static string Describe(Signal signal)
    {
        var text = new StringBuilder(signal.FirstSeen.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture));
        text.Append(" topic ").Append(signal.Topic);
        if (signal.Path.Length > 0) text.Append(" path ").Append(signal.Path);
        if (!string.IsNullOrEmpty(signal.Unit)) text.Append(" unit ").Append(signal.Unit);
        if (!string.IsNullOrEmpty(signal.Description)) text.Append(": ").Append(signal.Description);
        return text.ToString();
    }

    private void StartOver(int registration)
    {
        _registration = registration;
        _page.Clear();
        Interlocked.Exchange(ref _next, 0);
        Interlocked.Exchange(ref _announced, 0);
    }
}
