namespace Plotune.Mqtt.Agent.Outbound;

/// <summary>The durable outbound queues, one for each connection: what bridges and event sources hand their messages to. Thread-safe.</summary>
internal interface IOutboundQueues
{
    /// <summary>
    /// Stores messages for each of the connections, in one transaction, and completes once that would survive a power loss. From then on they are published in order,
    /// however often broker, worker or agent end meanwhile. The order of a source's messages is that of its calls if it makes one at a time.
    /// </summary>
    /// <param name="connections">Names, each once.</param>
    /// <exception cref="Storage.StorageException">The state file cannot be written for now, with a sentence that says what to do; nothing was taken.</exception>
    /// <exception cref="OperationCanceledException">The wait was cancelled; the messages may have been taken all the same.</exception>
    Task<OutboundVerdict> AcceptAsync(
        IReadOnlyList<string> connections, OutboundSource source, IReadOnlyList<OutboundMessage> messages, CancellationToken cancellationToken);

    /// <summary>Completes when a queue that was full has room again, or once <paramref name="limit"/> has passed.</summary>
    Task WaitForRoomAsync(IReadOnlyList<string> connections, TimeSpan limit, CancellationToken cancellationToken);

    /// <summary>What became of a source's messages over all connections; all zero for a source that never had any.</summary>
    OutboundTotals TotalsOf(string source);
}
