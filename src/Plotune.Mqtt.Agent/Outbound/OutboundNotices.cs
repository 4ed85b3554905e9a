using Plotune.Mqtt.Agent.Configuration;
using Plotune.Mqtt.Agent.Supervision;

namespace Plotune.Mqtt.Agent.Outbound;

/// <summary>Tells what a person should know of a queue, once per episode. Thread-safe.</summary>
internal sealed class OutboundNotices(TimeProvider timeProvider)
{
    private const int MaximumSubject = 200;

    private static readonly TimeSpan DeadLetterEpisode = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private DateTimeOffset _lastDeadLetter = DateTimeOffset.MinValue;
    private bool _notStored;
    private bool _notRead;

    /// <summary>Takes kind, subject and sentence.</summary>
    public Action<ConnectionEventKind, string, string>? Listener { get; set; }

    /// <param name="consequence">A sentence.</param>
    public void Full(OutboundLimits limits, string consequence) => Listener?.Invoke(
        ConnectionEventKind.QueueFull,
        "outbound",
        FormattableString.Invariant($"As many messages wait to be published as allowed ({limits.MaximumRecords:N0}, or {limits.MaximumBytes / (1024.0 * 1024):N0} MiB). {consequence}"));

    public void NotStored(string sentence)
    {
        lock (_lock)
        {
            if (_notStored)
                return;
            _notStored = true;
        }

        Listener?.Invoke(ConnectionEventKind.QueueNotUsable, "outbound", sentence);
    }

    /// <summary>The episode is over.</summary>
    public void Stored()
    {
        lock (_lock)
            _notStored = false;
    }

    /// <summary>What waits was read from disk, or not.</summary>
    /// <param name="failure">Why not; null if it was.</param>
    public void Read(string? failure)
    {
        lock (_lock)
        {
            var isNews = failure is not null && !_notRead;
            _notRead = failure is not null;
            if (!isNews)
                return;
        }

        Listener?.Invoke(ConnectionEventKind.QueueNotUsable, "outbound", $"What waits to be published cannot be read: {failure}");
    }

    public void DeadLetter(RefusedMessage letter)
    {
        var now = timeProvider.GetUtcNow();
        lock (_lock)
        {
            if (now - _lastDeadLetter < DeadLetterEpisode)
                return;
            _lastDeadLetter = now;
        }

        var topic = letter.Message.Topic;
        var subject = topic.Length <= MaximumSubject ? topic : topic[..MaximumSubject];
        Listener?.Invoke(ConnectionEventKind.DeadLetter, subject, $"A message can never be published and is kept as a dead letter: {letter.Refusal.Sentence}");
    }
}
