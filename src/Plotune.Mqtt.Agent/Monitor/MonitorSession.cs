using System.Text.Json;
using Plotune.Mqtt.Agent.Api;

namespace Plotune.Mqtt.Agent.Monitor;

/// <summary>
/// One page. Nothing is queued for it: its send loop asks each part for a frame when the part is due and the socket takes one, so a page that does not read holds one frame, and what its
/// parts keep by their own bounds.
/// </summary>
/// <param name="hello">The first frame's payload.</param>
internal sealed class MonitorSession(ViewerSocket socket, IReadOnlyList<IMonitorPart> parts, byte[] hello, TimeProvider timeProvider) : IDisposable
{
    /// <summary>Between a message and what follows from it: a page that changes its mind all the time makes no more work than this.</summary>
    private static readonly TimeSpan ShortestPeriod = TimeSpan.FromMilliseconds(20);

    private readonly SemaphoreSlim _wake = new(0);
    private readonly TextFrameBuffer _frames = new();
    private readonly Utf8JsonWriter _json = new(Stream.Null, JsonAnswer.Options);
    private readonly long _begin = timeProvider.GetTimestamp();
    private MonitorShow? _wanted;
    private string? _error;

    private TimeSpan Now => timeProvider.GetElapsedTime(_begin);

    /// <summary>Takes one message; called one at a time. It never waits for the page to read.</summary>
    public ValueTask TakeAsync(ReadOnlyMemory<byte> message, bool isText)
    {
        MonitorShow? show = null;
        var error = isText ? MonitorShow.Read(message, out show) : "Messages are JSON texts";
        // Only the newest counts: it replaces what was shown, and an error the one that was not sent yet.
        if (error is null) Volatile.Write(ref _wanted, show);
        else Volatile.Write(ref _error, error);
        if (_wake.CurrentCount == 0) _wake.Release();
        return ValueTask.CompletedTask;
    }

    /// <summary>The send loop.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        _frames.AppendFrame(hello, default);
        await SendAsync(cancellationToken);
        while (true)
        {
            if (await _wake.WaitAsync(UntilDue(), cancellationToken))
            {
                await Task.Delay(ShortestPeriod, timeProvider, cancellationToken);
                await TakeWantedAsync(cancellationToken);
            }

            foreach (var part in parts)
            {
                if (part.Due > Now) continue;
                part.Write(_frames, _json, Now);
                await SendAsync(cancellationToken);
            }
        }
    }

    public void Dispose()
    {
        _json.Dispose();
        _wake.Dispose();
    }

    private async ValueTask TakeWantedAsync(CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _wanted, null) is { } show)
        {
            foreach (var part in parts) part.Show(show, Now);
        }

        if (Interlocked.Exchange(ref _error, null) is not { } error) return;
        _frames.AppendFrame(JsonSerializer.SerializeToUtf8Bytes(new LiveError(error), ApiJson.Readable.LiveError), default);
        await SendAsync(cancellationToken);
    }

    private TimeSpan UntilDue()
    {
        var due = parts.Min(part => part.Due);
        if (due == TimeSpan.MaxValue) return Timeout.InfiniteTimeSpan;
        return TimeSpan.FromMilliseconds(Math.Max(0, Math.Ceiling((due - Now).TotalMilliseconds)));
    }

    private async ValueTask SendAsync(CancellationToken cancellationToken)
    {
        if (_frames.Length == 0) return;
        await socket.SendFramesAsync(_frames.Written, cancellationToken);
        _frames.Release(); // a page that has nothing to be told holds no buffer
    }
}
