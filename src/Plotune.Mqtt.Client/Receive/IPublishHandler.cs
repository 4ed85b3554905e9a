namespace Plotune.Mqtt.Client;

/// <summary>
/// Takes the messages of one connection, in the order received. The receive lane calls it from one thread at a time.
/// </summary>
public interface IPublishHandler
{
    /// <summary>
    /// Takes one message. The buffers behind <paramref name="publish"/> stay untouched until the next
    /// <see cref="HandOverAsync"/> has completed. Must not throw, block or keep the message beyond that.
    /// </summary>
    /// <returns>False if <see cref="HandOverAsync"/> should be called before the next message (a batch is full).</returns>
    bool OnPublish(in InboundPublish publish);

    /// <summary>
    /// Called when nothing complete is left in the receive buffer, and whenever <see cref="OnPublish"/> returned false. Completes when every
    /// message given so far is handed over for good: only then are their PUBACK and PUBREC packets sent. While it is pending the lane does not
    /// read the socket; keep alive goes on. A failure ends the connection without acknowledging.
    /// </summary>
    ValueTask HandOverAsync(CancellationToken cancellationToken);
}
