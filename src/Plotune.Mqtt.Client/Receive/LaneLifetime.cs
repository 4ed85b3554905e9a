using MQTTnet.Channel;
using MQTTnet.Exceptions;

namespace Plotune.Mqtt.Client.Receive;

/// <summary>How one connection ends, once, and why: the first reason stands. Any thread.</summary>
#pragma warning disable CA1001 // The token source has no timer and no wait handle; disposed, it would throw at whoever comes last.
internal sealed class LaneLifetime(IMqttChannel channel)
#pragma warning restore CA1001
{
    private readonly CancellationTokenSource _ending = new();
    private Exception? _fault;
    private Exception? _writeFailure;
    private volatile bool _isClosing;

    /// <summary>Why the lane ended the connection; null if it did not.</summary>
    public Exception? Fault => Volatile.Read(ref _fault);

    /// <summary>True once the connection is being closed from this side.</summary>
    public bool IsClosing => _isClosing;

    /// <summary>Cancelled when the connection ends.</summary>
    public CancellationToken Ending => _ending.Token;

    /// <returns>False if there was a fault before.</returns>
    public bool TrySetFault(Exception exception) => Interlocked.CompareExchange(ref _fault, exception, null) is null;

    /// <summary>A write has failed; the pending read ends, and reports it unless the failure comes of closing.</summary>
    public void WriteFailed(Exception exception)
    {
        if (!_isClosing)
            Interlocked.CompareExchange(ref _writeFailure, exception, null);
        Close();
    }

    /// <summary>Closes in order, as the client asked.</summary>
    public Task DisconnectAsync(CancellationToken cancellationToken)
    {
        _isClosing = true;
        _ending.Cancel();
        return channel.DisconnectAsync(cancellationToken);
    }

    /// <summary>Closes at once and so ends a read that is pending.</summary>
    public void Close()
    {
        _isClosing = true;
        _ending.Cancel();
        channel.Dispose();
    }

    /// <summary>What the end of the connection means to whoever receives; null for an end in order.</summary>
    /// <param name="exception">What the read threw; null if the stream ended.</param>
    public Exception? Explain(Exception? exception, CancellationToken cancellationToken)
    {
        if (Fault is { } fault)
            return fault;
        if (Volatile.Read(ref _writeFailure) is { } failure)
            return new MqttCommunicationException(failure);
        // Closed from this side, a channel may throw whatever it likes.
        if (_isClosing || cancellationToken.IsCancellationRequested || exception is null)
            return null;
        return exception as MqttCommunicationException ?? new MqttCommunicationException(exception);
    }
}
