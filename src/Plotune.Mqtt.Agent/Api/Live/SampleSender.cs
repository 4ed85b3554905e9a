using System.Buffers;
using Plotune.Mqtt.Agent.Signals;

namespace Plotune.Mqtt.Agent.Api;

/// <summary>
/// The send loop of one viewer: takes what is queued, makes frames, writes many at once. A sample leaves at once, unless more than one comes within the interval of
/// <see cref="SendPace"/>: then all leave together at its beat. While a write waits for a slow viewer, the queue takes care of the rest.
/// </summary>
/// <param name="writeAsync">Takes frames made by <see cref="TextFrameBuffer"/>, which are valid until it completes.</param>
internal sealed class SampleSender(Func<ReadOnlyMemory<byte>, CancellationToken, ValueTask> writeAsync, SignalViewer viewer, ISampleFormat format, SendPace pace, TimeProvider timeProvider)
{
    private const int EntriesPerDrain = 128;
    private const int BytesPerWrite = 64 * 1024;

    /// <summary>A signal that was silent counts as fast again after some ten writes.</summary>
    private static readonly TimeSpan LongestGap = TimeSpan.FromMilliseconds(100);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var frames = new TextFrameBuffer();
        var written = timeProvider.GetTimestamp();
        var gap = LongestGap;
        while (await viewer.WaitAsync(cancellationToken))
        {
            if (gap < pace.Interval * 0.75) await pace.NextAsync();

            // An idle viewer holds neither array.
            var entries = ArrayPool<ViewerSample>.Shared.Rent(EntriesPerDrain);
            try
            {
                var samples = await SendQueuedAsync(entries, frames, cancellationToken);
                var before = written;
                written = timeProvider.GetTimestamp();
                var latest = timeProvider.GetElapsedTime(before, written) / Math.Max(1, samples);
                gap += ((latest < LongestGap ? latest : LongestGap) - gap) / 4;
            }
            finally
            {
                ArrayPool<ViewerSample>.Shared.Return(entries, clearArray: true);
                frames.Release();
            }
        }
    }

    /// <returns>How many entries were sent.</returns>
    private async Task<int> SendQueuedAsync(ViewerSample[] entries, TextFrameBuffer frames, CancellationToken cancellationToken)
    {
        var sent = 0;
        int count;
        do
        {
            format.Begin(frames);
            do
            {
                count = viewer.Drain(entries);
                for (var i = 0; i < count; i++) format.Append(frames, entries[i]);
                sent += count;
            }
            while (count == entries.Length && frames.Length < BytesPerWrite);

            format.End(frames);
            if (frames.Length > 0) await writeAsync(frames.Written, cancellationToken);
            frames.Clear();
        }
        while (count > 0);
        return sent;
    }
}
