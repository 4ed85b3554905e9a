using System.Collections.Concurrent;
using Plotune.Mqtt.Agent.Outbound;
using Plotune.Mqtt.Agent.Signals;
using Plotune.Mqtt.Agent.Storage;

namespace Plotune.Mqtt.Agent.Tests.EventSources;

/// <summary>Keeps what it accepts in memory, and can be told not to.</summary>
internal sealed class FakeQueues : IOutboundQueues
{
    private readonly ConcurrentQueue<Accepted> _accepted = new();
    private readonly Pulse _change = new();
    private volatile object _answer = OutboundVerdict.Accepted;
    private int _attempts;

    public IReadOnlyList<Accepted> All => [.. _accepted];

    /// <summary>The payloads accepted, in order.</summary>
    public IReadOnlyList<string> Payloads => [.. _accepted.Select(accepted => accepted.Payload)];

    public int Attempts => Volatile.Read(ref _attempts);

    /// <summary>Runs within an acceptance, before it is answered.</summary>
    public Func<Task> Accepting { get; set; } = () => Task.CompletedTask;

    /// <summary>From now on; who waits for room tries again.</summary>
    public void Answer(OutboundVerdict verdict)
    {
        _answer = verdict;
        _change.Set();
    }

    public void Fail(string sentence)
    {
        _answer = new StorageException(sentence);
        _change.Set();
    }

    public async Task<OutboundVerdict> AcceptAsync(
        IReadOnlyList<string> connections, OutboundSource source, IReadOnlyList<OutboundMessage> messages, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _attempts);
        await Accepting();
        if (_answer is StorageException failure) throw failure;
        var verdict = (OutboundVerdict)_answer;
        if (verdict != OutboundVerdict.Accepted) return verdict;
        foreach (var message in messages) _accepted.Enqueue(new Accepted([.. connections], source, message));
        return verdict;
    }

    public Task WaitForRoomAsync(IReadOnlyList<string> connections, TimeSpan limit, CancellationToken cancellationToken) =>
        Task.WhenAny(_change.Next, Task.Delay(limit, cancellationToken));

    public OutboundTotals TotalsOf(string source) => new(7, 8, 9, 0, 0);

    internal sealed record Accepted(IReadOnlyList<string> Connections, OutboundSource Source, OutboundMessage Message)
    {
        public string Payload => System.Text.Encoding.UTF8.GetString(Message.Payload.Span);
    }
}
