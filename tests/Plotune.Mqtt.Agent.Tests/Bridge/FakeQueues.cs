using System.Text;
using Plotune.Mqtt.Agent.Outbound;
using Plotune.Mqtt.Agent.Storage;

namespace Plotune.Mqtt.Agent.Tests.Bridge;

/// <summary>Keeps what bridges and event sources give it in memory; can refuse, fail and take its time. Thread-safe.</summary>
internal sealed class FakeQueues : IOutboundQueues
{
    private readonly Lock _lock = new();
    private readonly List<(string Connection, string Source, OutboundMessage Message)> _accepted = [];
    private readonly Dictionary<string, OutboundTotals> _totals = [];
    private TaskCompletionSource? _held;
    private int _batches;
    private int _attempts;

    /// <summary>Takes what comes from elsewhere.</summary>
    public IOutboundQueues? OfOthers { get; set; }

    /// <summary>What is answered to the next attempts.</summary>
    public OutboundVerdict Verdict { get; set; } = OutboundVerdict.Accepted;

    /// <summary>Thrown at every attempt until null.</summary>
    public StorageException? Failure { get; set; }

    /// <summary>Anything else that is thrown.</summary>
    public Exception? Fault { get; set; }

    public int Attempts => Volatile.Read(ref _attempts);

    /// <summary>Transactions.</summary>
    public int Batches => Volatile.Read(ref _batches);

    public IReadOnlyList<(string Connection, string Source, OutboundMessage Message)> Accepted
    {
        get
        {
            lock (_lock) return [.. _accepted];
        }
    }

    public IReadOnlyList<string> Payloads => [.. Accepted.Select(entry => Encoding.UTF8.GetString(entry.Message.Payload.Span))];

    public void SetTotals(string source, OutboundTotals totals)
    {
        lock (_lock) _totals[source] = totals;
    }

    /// <summary>From now on nothing is committed until <see cref="Release"/>.</summary>
    public void Hold() => _held = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Release()
    {
        var held = _held;
        _held = null;
        held?.SetResult();
    }

    public async Task<OutboundVerdict> AcceptAsync(
        IReadOnlyList<string> connections, OutboundSource source, IReadOnlyList<OutboundMessage> messages, CancellationToken cancellationToken)
    {
        var isBridge = source.Name.StartsWith("bridge:", StringComparison.Ordinal);
        if (!isBridge && !source.Name.StartsWith("events:", StringComparison.Ordinal) && OfOthers is { } others)
            return await others.AcceptAsync(connections, source, messages, cancellationToken);
        Assert.Equal(isBridge ? OverflowPolicy.DropOldest : OverflowPolicy.Refuse, source.Overflow);
        Interlocked.Increment(ref _attempts);
        if (_held is { } held) await held.Task;
        if (Fault is { } fault) throw fault;
        if (Failure is { } failure) throw failure;
        if (Verdict != OutboundVerdict.Accepted) return Verdict;
        lock (_lock)
        {
            foreach (var connection in connections) _accepted.AddRange(messages.Select(message => (connection, source.Name, message)));
        }

        Interlocked.Increment(ref _batches);
        return OutboundVerdict.Accepted;
    }

    public Task WaitForRoomAsync(IReadOnlyList<string> connections, TimeSpan limit, CancellationToken cancellationToken) => Task.Delay(5, cancellationToken);

    public OutboundTotals TotalsOf(string source)
    {
        lock (_lock) return _totals.GetValueOrDefault(source);
    }
}
