using System.Runtime.CompilerServices;

namespace Plotune.Mqtt.Agent.Supervision;

/// <summary>How far the message logs were read, so that the next question is only for what has come since. Thread-safe, for one question after the other.</summary>
internal sealed class MessageCursor
{
    // A log that is gone is not held by whoever has read it.
    private readonly ConditionalWeakTable<object, StrongBox<long>> _next = [];

    /// <summary>The least sequence number of a log that was not read yet.</summary>
    public long NextOf(object log) => _next.GetOrCreateValue(log).Value;

    /// <param name="sequence">The greatest that was read.</param>
    public void Passed(object log, long sequence) => _next.GetOrCreateValue(log).Value = sequence + 1;
}
