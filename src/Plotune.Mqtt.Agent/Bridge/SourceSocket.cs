using System.Buffers;
using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;

namespace Plotune.Mqtt.Agent.Bridge;

/// <summary>The WebSocket to one source: connects, receives whole messages, and says in words what went wrong. One caller at a time.</summary>
internal sealed class SourceSocket : IAsyncDisposable
{
    private const int SmallBuffer = 16 * 1024;
    private const int LongestDescription = 100;

    private static readonly TimeSpan CloseTimeout = TimeSpan.FromSeconds(0.5);

    private readonly ClientWebSocket _socket;
    private readonly CancellationToken _stopping;
    private readonly CancellationTokenSource _abort = new();
    private readonly CancellationTokenRegistration _onStopping;
    private readonly BridgeSource _source;
    private readonly int _maximumBytes;
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(SmallBuffer);
    private Task _goodbye = Task.CompletedTask;
    private bool _disposed;

    private SourceSocket(ClientWebSocket socket, BridgeSource source, int maximumBytes, CancellationToken stopping)
    {
        _socket = socket;
        _source = source;
        _maximumBytes = maximumBytes;
        _stopping = stopping;
        // Cancelling a receive would reset the connection; a source should be told instead.
        _onStopping = stopping.Register(() =>
        {
            _goodbye = CloseOutputAsync();
            _abort.CancelAfter(CloseTimeout);
        });
    }

    /// <param name="stopping">Ends the connecting, and later the connection, in good order.</param>
    /// <exception cref="SourceException">It cannot be reached, refuses, or takes too long.</exception>
    public static async Task<SourceSocket> ConnectAsync(
        BridgeConfig config, HttpMessageInvoker http, BridgeLimits limits, TimeProvider timeProvider, CancellationToken stopping)
    {
        var socket = new ClientWebSocket();
        socket.Options.KeepAliveInterval = limits.PingInterval;
        socket.Options.KeepAliveTimeout = limits.PingTimeout;
        socket.Options.CollectHttpResponseDetails = true;
        using var patience = new CancellationTokenSource(limits.ConnectTimeout, timeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, stopping);
        try
        {
            await socket.ConnectAsync(config.Source.StreamOf(config.Name), http, either.Token).ConfigureAwait(false);
            return new SourceSocket(socket, config.Source, limits.MaximumMessageBytes, stopping);
        }
        catch (OperationCanceledException) when (!stopping.IsCancellationRequested)
        {
            socket.Dispose();
            throw new SourceException($"The source at {config.Source} did not answer within {limits.ConnectTimeout.TotalSeconds:0.#} s.");
        }
        catch (Exception exception) when (exception is WebSocketException or HttpRequestException or IOException)
        {
            var reason = ReasonOf(exception, socket.HttpStatusCode, config);
            socket.Dispose();
            throw new SourceException(reason, exception);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>The next message, of whatever kind; its bytes are good until the next call. Null stands for one that is too long and was left out.</summary>
    /// <exception cref="SourceException">The source closed the connection, was lost, or has fallen silent.</exception>
    /// <exception cref="OperationCanceledException">Stopping.</exception>
    public async ValueTask<ReadOnlyMemory<byte>?> ReceiveAsync()
    {
        _stopping.ThrowIfCancellationRequested();
        if (_buffer.Length > SmallBuffer) Resize(SmallBuffer, 0);
        var length = 0;
        var isTooLong = false;
        while (true)
        {
            if (length == _buffer.Length) Resize(_buffer.Length * 2, length);
            var result = await ReceivePartAsync(_buffer.AsMemory(length)).ConfigureAwait(false);
            if (result.MessageType == WebSocketMessageType.Close) throw await ReplyToCloseAsync().ConfigureAwait(false);
            length += result.Count;
            isTooLong |= length > _maximumBytes;
            if (isTooLong) length = 0;
            if (result.EndOfMessage) return isTooLong ? default(ReadOnlyMemory<byte>?) : _buffer.AsMemory(0, length);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_disposed) return;
        _disposed = true;
        await _onStopping.DisposeAsync().ConfigureAwait(false);
        await _goodbye.ConfigureAwait(false);
        if (_socket.State is WebSocketState.Open) await CloseOutputAsync().ConfigureAwait(false);
        _socket.Dispose();
        _abort.Dispose();
        ArrayPool<byte>.Shared.Return(_buffer);
    }

    private async ValueTask<ValueWebSocketReceiveResult> ReceivePartAsync(Memory<byte> buffer)
    {
        try
        {
            return await _socket.ReceiveAsync(buffer, _abort.Token).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is OperationCanceledException or WebSocketException or IOException or SocketException)
        {
            _stopping.ThrowIfCancellationRequested();
            // What a receive ends with when a ping is not answered.
            if (exception is OperationCanceledException) throw new SourceException($"The source at {_source} has stopped answering.", exception);
            throw new SourceException($"The connection to the source at {_source} is lost: {SentenceOf(exception)}", exception);
        }
    }

    private async Task<Exception> ReplyToCloseAsync()
    {
        _stopping.ThrowIfCancellationRequested();
        await CloseOutputAsync().ConfigureAwait(false);
        var said = _socket.CloseStatusDescription is { Length: > 0 } description
            ? $" ({new string([.. description.Where(c => !char.IsControl(c)).Take(LongestDescription)])})"
            : "";
        return new SourceException($"The source at {_source} closed the connection with code {(int?)_socket.CloseStatus ?? 1005}{said}.");
    }

    private async Task CloseOutputAsync()
    {
        try
        {
            using var patience = new CancellationTokenSource(CloseTimeout);
            await _socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, patience.Token).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is WebSocketException or IOException or OperationCanceledException or InvalidOperationException)
        {
            // It has gone without waiting for our goodbye.
        }
    }

    private void Resize(int size, int used)
    {
        var larger = ArrayPool<byte>.Shared.Rent(size);
        _buffer.AsSpan(0, used).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
    }

    private static string ReasonOf(Exception exception, HttpStatusCode status, BridgeConfig config) => (int)status switch
    {
        0 or 101 => $"The source at {config.Source} cannot be reached: {SentenceOf(exception)}",
        403 or 404 => $"The source at {config.Source} does not offer '{config.Name}': it answered {(int)status} ({status}).",
        _ => $"The source at {config.Source} refuses the sample stream: it answered {(int)status} ({status}).",
    };

    /// <summary>The system's words for it, which end with a full stop or not.</summary>
    private static string SentenceOf(Exception exception) => exception.InnerException is { } inner ? SentenceOf(inner) : $"{exception.Message.TrimEnd('.')}.";
}
