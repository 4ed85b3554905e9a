using Plotune.Mqtt.Client;
using Plotune.Mqtt.Worker.Ipc;

namespace Plotune.Mqtt.Worker.Ingest;

/// <summary>
/// The newest messages, exact under any load: noting one copies a struct, and only what is still among the newest when the batch is handed over has
/// its bytes copied. <see cref="Note"/> and <see cref="Commit"/> belong to the lane's thread, <see cref="Record"/> and <see cref="Read"/> to any.
/// </summary>
internal sealed class MessageLog(int entries, int maximumPayloadBytes)
{
    private readonly Lock _lock = new();
    private readonly NotedMessage[] _noted = new NotedMessage[entries];
    private readonly LoggedMessage?[] _messages = new LoggedMessage?[entries];
    private int _notedNext;
    private long _notedTotal;
    private int _next;
    private long _logged;

    /// <param name="publish">Must stay valid until <see cref="Commit"/>.</param>
    public void Note(in InboundPublish publish, IngestOutcome outcome)
    {
        NotedMessage[] noted = _noted;
        int index = _notedNext;
        if ((uint)index >= (uint)noted.Length)
            return;

        ref NotedMessage place = ref noted[index];
        place.Publish = publish;
        place.Outcome = outcome;
        _notedNext = index + 1 == noted.Length ? 0 : index + 1;
        _notedTotal++;
    }

    /// <summary>Copies the messages noted since the last call, which were read at <paramref name="readMicros"/>.</summary>
    public void Commit(long readMicros)
    {
        int count = (int)Math.Min(_notedTotal, _noted.Length);
        _notedTotal = 0;
        if (count == 0)
            return;

        lock (_lock)
        {
            int index = _notedNext - count;
            for (index += index < 0 ? _noted.Length : 0; count > 0; count--)
            {
                ref NotedMessage noted = ref _noted[index];
                (_messages[_next] ??= new LoggedMessage()).Store(noted.Publish, readMicros - noted.Publish.AgeMicros, IngestOutcomes.Sentence(noted.Outcome), _logged, maximumPayloadBytes);
                // The receive buffer must not live on because of the log.
                noted = default;
                index = index + 1 == _noted.Length ? 0 : index + 1;
                Advance();
            }
        }
    }

    /// <summary>Keeps a message to the broker that came to its end at <paramref name="endMicros"/>.</summary>
    /// <param name="failure">Why it was not delivered; null if it was.</param>
    public void Record(OutboundPublish publish, PublishSource source, long endMicros, string? failure)
    {
        if (_messages.Length == 0)
            return;

        lock (_lock)
        {
            (_messages[_next] ??= new LoggedMessage()).Store(publish, source, endMicros, failure, _logged, maximumPayloadBytes);
            Advance();
        }
    }

    /// <summary>The messages kept, newest first.</summary>
    /// <param name="from">The least sequence number wanted.</param>
    public WorkerMessage[] Read(long from = 0)
    {
        lock (_lock)
        {
            int wanted = (int)Math.Clamp(_logged - Math.Max(from, 0), 0, _messages.Length);
            var newestFirst = new List<WorkerMessage>(wanted);
            for (int back = 1; back <= wanted; back++)
            {
                if (_messages[(_next - back + _messages.Length) % _messages.Length] is { } message)
                    newestFirst.Add(message.ToMessage());
            }

            return [.. newestFirst];
        }
    }

    private void Advance()
    {
        _next = _next + 1 == _messages.Length ? 0 : _next + 1;
        _logged++;
    }

    private struct NotedMessage
    {
        public InboundPublish Publish;
        public IngestOutcome Outcome;
    }
}
