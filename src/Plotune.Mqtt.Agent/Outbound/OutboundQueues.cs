using System.Collections.Concurrent;
using Microsoft.Data.Sqlite;
using Plotune.Mqtt.Agent.Configuration;
using Plotune.Mqtt.Agent.Signals;
using Plotune.Mqtt.Agent.Storage;
using Plotune.Mqtt.Agent.Supervision;
using Plotune.Mqtt.Client;
using Plotune.Mqtt.Worker.Ipc;

namespace Plotune.Mqtt.Agent.Outbound;

/// <summary>The durable outbound queues: those of <see cref="IOutboundQueues"/>, opened and closed with their connections.</summary>
internal sealed partial class OutboundQueues : IOutboundQueues, IAsyncDisposable
{
    /// <summary>Largest message that fits into a frame to the worker, with room for what stands around it.</summary>
    private const int MaximumMessage = FrameHeader.MaximumBodyLength - 64;

    private readonly Lock _lock = new();
    private readonly ConcurrentDictionary<string, OutboundQueue> _queues = new(StringComparer.Ordinal);
    private readonly Dictionary<string, OutboundQueue> _loaded = new(StringComparer.Ordinal);
    private readonly HashSet<int> _numbers = [];
    private readonly OutboundContext _context;
    private readonly OutboundRemover _remover;

    public OutboundQueues(StateDatabase database, OutboundLimits limits, TimeProvider timeProvider, ILogger<OutboundQueues> logger)
    {
        _context = new OutboundContext(database, new OutboundTable(), new DeadLetterTable(limits), new OutboundSources(), limits, timeProvider, logger, new Pulse());
        _remover = new OutboundRemover(_context, FreeNumber);
    }

    internal StateDatabase Database => _context.Database;

    /// <summary>Takes in what is stored, without reading any message, before any queue is opened. What belongs to deleted connections is removed in the background.</summary>
    /// <exception cref="StorageException">The file cannot be read.</exception>
    public async Task LoadAsync(CancellationToken cancellationToken)
    {
        await _remover.TidyAsync().ConfigureAwait(false);
        var (stored, letters) = await Database.ReadAsync(Load, cancellationToken).ConfigureAwait(false);
        _context.Sources.Load(stored.Sources);
        lock (_lock)
        {
            foreach (var row in stored.Queues)
            {
                _numbers.Add(row.Number);
                var queue = new OutboundQueue(row.Connection ?? "", row.Number, _context, row);
                foreach (var count in stored.Counts.Where(count => count.Queue == row.Number))
                    queue.Adjust(queue.ShareOf(_context.Sources.Get(count.Source)), count.Records, count.Bytes);
                queue.OnDeadLettersChanged(letters[row.Number]);
                if (row.Connection is not null)
                    _loaded[row.Connection] = queue;
                else
                    _remover.Remove(queue);
            }
        }

        var waiting = stored.Counts.Sum(static count => count.Records);
        if (waiting > 0)
            Log.Loaded(_context.Logger, waiting);

        (StoredQueues, Dictionary<int, int>) Load(SqliteConnection connection)
        {
            var queues = OutboundTable.Load(connection);
            return (queues, queues.Queues.ToDictionary(static queue => queue.Number, queue => _context.DeadLetters.Count(connection, queue.Number)));
        }
    }

    /// <summary>A connection exists: from now on messages are accepted for it.</summary>
    /// <param name="notify">Takes what a person should know, as kind, subject and sentence.</param>
    public void Open(string connection, Action<ConnectionEventKind, string, string> notify)
    {
        lock (_lock)
        {
            if (!_loaded.Remove(connection, out var queue))
                queue = new OutboundQueue(connection, TakeNumber(), _context, stored: null);
            queue.Tell(notify);
            _queues[connection] = queue;
        }
    }

    /// <summary>A connection is deleted: from now on nothing is accepted for it. A worker that is still running may report.</summary>
    /// <returns>What is to be removed; null if there is no such connection.</returns>
    public OutboundQueue? Close(string connection)
    {
        if (!_queues.TryRemove(connection, out var queue))
            return null;

        queue.Close();
        _context.RoomChanged.Set();
        return queue;
    }

    /// <summary>
    /// Removes the messages of a queue that was closed, once no worker of its connection runs any more; they go in the background, behind those of other queues. Once this has completed
    /// they no longer belong to the connection's name.
    /// </summary>
    public async Task RemoveAsync(OutboundQueue queue)
    {
        await queue.DisposeAsync().ConfigureAwait(false);
        var state = queue.State;
        if (state.Depth > 0 || state.DeadLetters > 0)
            Log.Removed(_context.Logger, queue.Connection, state.Depth, state.DeadLetters);
        await _remover.DisownAsync(queue).ConfigureAwait(false);
        _remover.Remove(queue);
    }

    /// <summary>A run of the worker that publishes for the connection begins.</summary>
    /// <returns>To be started, and disposed once the run has ended; null if the connection is deleted.</returns>
    public OutboundLink? Attach(string connection, IPublishLane lane) => _queues.TryGetValue(connection, out var queue) ? new OutboundLink(queue, lane) : null;

    public OutboundState StateOf(string connection) => _queues.TryGetValue(connection, out var queue) ? queue.State : new OutboundState();

    /// <inheritdoc/>
    public async Task<OutboundVerdict> AcceptAsync(
        IReadOnlyList<string> connections, OutboundSource source, IReadOnlyList<OutboundMessage> messages, CancellationToken cancellationToken)
    {
        if (Find(connections) is not { } queues)
            return OutboundVerdict.NoConnection;
        if (queues.Length == 0 || messages.Count == 0)
            return OutboundVerdict.Accepted;

        var accepted = new List<OutboundMessage>(messages.Count);
        var refused = new List<RefusedMessage>();
        foreach (var message in messages)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThan((int)message.QualityOfService, (int)QualityOfService.ExactlyOnce, nameof(messages));
            if (Check(message) is { } refusal)
                refused.Add(refusal);
            else
                accepted.Add(message);
        }

        return await AcceptAsync(queues, _context.Sources.Get(source.Name), source.Overflow, [.. accepted], refused, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async Task WaitForRoomAsync(IReadOnlyList<string> connections, TimeSpan limit, CancellationToken cancellationToken)
    {
        var start = _context.TimeProvider.GetTimestamp();
        while (true)
        {
            var changed = _context.RoomChanged.Next;
            var left = limit - _context.TimeProvider.GetElapsedTime(start);
            if (left <= TimeSpan.Zero || !connections.Any(connection => Find(connection)?.IsFull == true))
                return;

            try
            {
                await changed.WaitAsync(left, _context.TimeProvider, cancellationToken).ConfigureAwait(false);
            }
            catch (TimeoutException)
            {
                return;
            }
        }
    }

    /// <inheritdoc/>
    public OutboundTotals TotalsOf(string source) =>
        _context.Sources.Find(source) is { } entry ? entry.Totals(_queues.Values.Sum(queue => queue.DepthOf(entry))) with { Oldest = _queues.Values.Min(queue => queue.OldestOf(entry)) } : default;

    /// <summary>Stops what runs in the background, once no worker runs and nothing more is accepted. What is stored stays.</summary>
    public async ValueTask DisposeAsync()
    {
        OutboundQueue[] all;
        lock (_lock)
            all = [.. _queues.Values, .. _loaded.Values];
        await Task.WhenAll(all.Select(queue => queue.DisposeAsync().AsTask())).ConfigureAwait(false);
        await _remover.DisposeAsync().ConfigureAwait(false);
    }

    internal OutboundQueue? Find(string connection) => _queues.GetValueOrDefault(connection);

    private OutboundQueue[]? Find(IReadOnlyList<string> connections)
    {
        var found = new OutboundQueue[connections.Count];
        for (var i = 0; i < found.Length; i++)
        {
            if (Find(connections[i]) is not { } queue)
                return null;
            found[i] = queue;
        }

        return found;
    }

    private async Task<OutboundVerdict> AcceptAsync(
        OutboundQueue[] queues, SourceEntry source, OverflowPolicy overflow, OutboundMessage[] accepted, List<RefusedMessage> refused, CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                var work = new AcceptWork(queues, source, overflow, accepted, refused);
                if (overflow == OverflowPolicy.Refuse && work.IsRefused())
                    return OutboundVerdict.Full;

                await Database.WriteAsync(work, cancellationToken).ConfigureAwait(false);
                if (work.IsUnfinished)
                    continue;

                foreach (var queue in queues)
                    queue.NoteStored();
                return work.Verdict;
            }
        }
        catch (Exception exception) when (exception is StorageException or SqliteException)
        {
            var sentence = $"{exception.Message} What was accepted before is kept and published.";
            foreach (var queue in queues)
                queue.NoteNotStored(sentence);
            throw new StorageException(sentence, exception);
        }
    }

    /// <returns>Null if the message can be published, as far as can be said here.</returns>
    private static RefusedMessage? Check(OutboundMessage message)
    {
        if (MqttTopic.NameError(message.Topic) is { } error)
            return new RefusedMessage(message, new Refusal("TopicNameInvalid", error), KeepPayload: message.Payload.Length <= MaximumMessage);

        return message.Bytes <= MaximumMessage
            ? null
            : new RefusedMessage(message, new Refusal("PacketTooLarge", $"The message has {message.Bytes:N0} bytes; at most {MaximumMessage:N0} can be published."), KeepPayload: false);
    }

    private int TakeNumber()
    {
        for (var number = 1; number <= OutboundTable.MaximumQueue; number++)
        {
            if (_numbers.Add(number))
                return number;
        }

        throw new InvalidOperationException("There are more outbound queues than can be told apart.");
    }

    private void FreeNumber(int number)
    {
        lock (_lock)
            _numbers.Remove(number);
    }

    private static partial class Log
    {
        [LoggerMessage(3701, LogLevel.Information, "{Count} messages wait to be published")]
        public static partial void Loaded(ILogger logger, long count);

        [LoggerMessage(3702, LogLevel.Warning, "Connection {Connection} is deleted with {Waiting} messages that waited to be published and {DeadLetters} dead letters; they go with it")]
        public static partial void Removed(ILogger logger, string connection, long waiting, int deadLetters);
    }
}
