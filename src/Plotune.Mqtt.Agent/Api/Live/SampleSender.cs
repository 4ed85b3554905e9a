using System.Buffers;
using Plotune.Mqtt.Agent.Signals;

namespace Plotune.Mqtt.Agent.Api;

/// <summary>The send loop of one viewer: takes what is queued, makes frames, writes many at once. While a write waits for a slow viewer, the queue takes care of the rest.</summary>
internal sealed class SampleSender(ViewerSocket socket, SignalViewer viewer, ISampleFormat format)
{
    private const int EntriesPerDrain = 128;
    private const int BytesPerWrite = 64 * 1024;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var frames = new TextFrameBuffer();
        while (await viewer.WaitAsync(cancellationToken))
        {
            // An idle viewer holds neither array.
            var entries = ArrayPool<ViewerSample>.Shared.Rent(EntriesPerDrain);
            try
            {
                await SendQueuedAsync(entries, frames, cancellationToken);
            }
            finally
            {
                ArrayPool<ViewerSample>.Shared.Return(entries, clearArray: true);
                frames.Release();
            }
        }
    }

    private async Task SendQueuedAsync(ViewerSample[] entries, TextFrameBuffer frames, CancellationToken cancellationToken)
    {
        int count;
        do
        {
            format.Begin(frames);
            do
            {
                count = viewer.Drain(entries);
                for (var i = 0; i < count; i++) format.Append(frames, entries[i]);
            }
            while (count == entries.Length && frames.Length < BytesPerWrite);

            format.End(frames);
            if (frames.Length > 0) await socket.SendFramesAsync(frames.Written, cancellationToken);
            frames.Clear();
        }
        while (count > 0);
    }
}
