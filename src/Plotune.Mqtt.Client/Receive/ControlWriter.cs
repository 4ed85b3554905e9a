namespace Plotune.Mqtt.Client.Receive;

/// <summary>
/// Writes the lane's own packets (acknowledgements, PINGREQ) in the order enqueued, what has gathered in one write, without ever holding up
/// whoever enqueues. Any thread.
/// </summary>
/// <param name="sender">Where the packets go.</param>
internal sealed class ControlWriter(PacketSender sender)
{
    /// <summary>
    /// Bytes that may wait before the lane holds reading: a PUBREC and a PUBCOMP with reason code for every packet identifier there is.
    /// A broker that reads its acknowledgements never gets there.
    /// </summary>
    public const int MaximumBacklog = ushort.MaxValue * (4 + 5);

    private readonly Lock _gate = new();
    private byte[] _waiting = [];
    private byte[] _writing = [];
    private int _waitingLength;
    private int _waitingAcknowledgements;
    private bool _isWriting;
    private long _enqueued;
    private long _written;
    private long _acknowledgements;
    private TaskCompletionSource? _roomMade;

    /// <summary>Bytes ever written; a value that <see cref="Enqueue"/> returned is reached when those packets are out.</summary>
    public long Written => Volatile.Read(ref _written);

    /// <summary>PUBLISH packets whose final acknowledgement is on its way, so that the broker may have got it.</summary>
    public long Acknowledgements => Volatile.Read(ref _acknowledgements);

    /// <summary>True while more than <see cref="MaximumBacklog"/> bytes wait.</summary>
    public bool IsFull
    {
        get
        {
            lock (_gate)
                return _waitingLength > MaximumBacklog;
        }
    }

    /// <summary>Enqueues whole packets.</summary>
    /// <param name="acknowledgements">How many PUBLISH packets they finally acknowledge.</param>
    /// <returns>What <see cref="Written"/> will be once they are written.</returns>
    public long Enqueue(ReadOnlySpan<byte> packets, int acknowledgements = 0)
    {
        long mark;
        lock (_gate)
        {
            if (_waiting.Length - _waitingLength < packets.Length)
                Array.Resize(ref _waiting, Math.Max(2 * _waiting.Length, Math.Max(256, _waitingLength + packets.Length)));
            packets.CopyTo(_waiting.AsSpan(_waitingLength));
            _waitingLength += packets.Length;
            _waitingAcknowledgements += acknowledgements;
            mark = _enqueued += packets.Length;
            if (_isWriting)
                return mark;
            _isWriting = true;
        }
        _ = WriteAllAsync();
        return mark;
    }

    /// <summary>Completes when no longer <see cref="IsFull"/>.</summary>
    public Task WaitForRoomAsync(TimeSpan timeout, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (_waitingLength <= MaximumBacklog)
                return Task.CompletedTask;
            _roomMade ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _roomMade.Task.WaitAsync(timeout, timeProvider, cancellationToken);
        }
    }

    // Runs on the thread that enqueued until a write has to wait. A failure, which the sender reports to its owner, ends the writing for good.
    private async Task WriteAllAsync()
    {
        while (TakeWaiting(out ReadOnlyMemory<byte> packets))
        {
            try
            {
                await sender.SendAsync(packets, isDisconnect: false, CancellationToken.None).ConfigureAwait(false);
            }
            catch (Exception)
            {
                EndWaiting();
                return;
            }
            Interlocked.Add(ref _written, packets.Length);
        }
    }

    private void EndWaiting()
    {
        lock (_gate)
            _roomMade?.TrySetResult();
    }

    private bool TakeWaiting(out ReadOnlyMemory<byte> packets)
    {
        lock (_gate)
        {
            packets = default;
            if (_waitingLength == 0)
            {
                _isWriting = false;
                return false;
            }
            (_waiting, _writing) = (_writing, _waiting);
            packets = _writing.AsMemory(0, _waitingLength);
            _waitingLength = 0;
            // Counted before the write begins: the broker may send the next PUBLISH as soon as the first byte is out.
            _acknowledgements += _waitingAcknowledgements;
            _waitingAcknowledgements = 0;
            _roomMade?.TrySetResult();
            _roomMade = null;
            return true;
        }
    }
}
