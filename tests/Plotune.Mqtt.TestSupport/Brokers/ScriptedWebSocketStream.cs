using System.Net.WebSockets;
using System.Text;

namespace Plotune.Mqtt.TestSupport;

/// <summary>The broker's end of a WebSocket as a stream of MQTT bytes: every write is one binary frame.</summary>
public sealed class ScriptedWebSocketStream : Stream
{
    private readonly Stream _inner;
    private readonly WebSocket _socket;

    private ScriptedWebSocketStream(Stream inner, string request)
    {
        _inner = inner;
        Request = request;
        _socket = WebSocket.CreateFromStream(inner, new WebSocketCreationOptions { IsServer = true, SubProtocol = "mqtt", KeepAliveInterval = TimeSpan.Zero });
    }

    /// <summary>The head of the upgrade request.</summary>
    public string Request { get; }

    /// <summary>The status of the client's close frame, once one was read.</summary>
    public WebSocketCloseStatus? CloseStatus => _socket.CloseStatus;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Reads the upgrade request and grants it.</summary>
    /// <param name="subProtocol">The sub-protocol chosen; null chooses none.</param>
    public static async Task<ScriptedWebSocketStream> AcceptAsync(Stream stream, CancellationToken cancellationToken, string? subProtocol = "mqtt")
    {
        return new ScriptedWebSocketStream(stream, await WebSocketHandshake.AcceptAsync(stream, subProtocol, cancellationToken));
    }

    /// <summary>Reads the upgrade request and grants it with these header fields besides the right Sec-WebSocket-Accept.</summary>
    public static async Task<ScriptedWebSocketStream> AcceptWithAsync(Stream stream, string fields, CancellationToken cancellationToken) =>
        new ScriptedWebSocketStream(stream, await WebSocketHandshake.AcceptWithAsync(stream, fields, cancellationToken));

    /// <summary>Reads the upgrade request and answers with something else.</summary>
    public static async Task<Stream> RefuseAsync(Stream stream, string answer, CancellationToken cancellationToken)
    {
        await HttpText.ReadHeadAsync(stream, cancellationToken);
        await stream.WriteAsync(Encoding.ASCII.GetBytes(answer), cancellationToken);
        return stream;
    }

    /// <summary>Sends bytes that are frames already.</summary>
    public ValueTask WriteRawAsync(ReadOnlyMemory<byte> frames, CancellationToken cancellationToken) => _inner.WriteAsync(frames, cancellationToken);

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        ValueWebSocketReceiveResult result;
        try
        {
            result = await _socket.ReceiveAsync(buffer, cancellationToken);
        }
        catch (WebSocketException exception)
        {
            throw new IOException(exception.Message, exception);
        }

        return result.MessageType == WebSocketMessageType.Binary
            ? result.Count
            : result.MessageType == WebSocketMessageType.Close ? 0 : throw new UnmetExpectationException("The client sent a text frame.");
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
        _socket.SendAsync(buffer, WebSocketMessageType.Binary, endOfMessage: true, cancellationToken);

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _socket.Dispose();
        base.Dispose(disposing);
    }
}
