using Plotune.Mqtt.Payloads;
using Plotune.Mqtt.Worker.Ipc;

namespace Plotune.Mqtt.Benchmarks.Load;

/// <summary>Samples as a worker would batch them: numbers of signals 0, 1, 2, ... in turn, frames of 64 KiB.</summary>
internal static class BatchFrames
{
    private const int FrameLength = 64 << 10;

    /// <summary>Appends messages of <paramref name="perMessage"/> samples each and writes every frame that is full, and the last.</summary>
    public static void Write(SamplesWriter writer, FrameWriter frames, int samples, int perMessage, int signals)
    {
        Span<SignalSample> message = stackalloc SignalSample[perMessage];
        for (var done = 0; done < samples; done += perMessage)
        {
            for (var i = 0; i < perMessage; i++)
            {
                message[i] = new SignalSample((done + i) % signals, SignalValueKind.Number, Number: (done + i) / 8.0);
            }

            writer.Append(1_766_000_000_000_000 + done, retained: false, message, default);
            if (writer.Length >= FrameLength)
            {
                Flush(writer, frames);
            }
        }

        if (!writer.IsEmpty)
        {
            Flush(writer, frames);
        }
    }

    /// <summary>The bodies of those frames.</summary>
    public static byte[][] Bodies(int samples, int perMessage, int signals)
    {
        using var stream = new MemoryStream();
        Write(new SamplesWriter(), new FrameWriter(stream), samples, perMessage, signals);
        stream.Position = 0;
        var reader = new FrameReader(stream);
        var bodies = new List<byte[]>();
        while (reader.TryRead(out var frame))
        {
            bodies.Add(frame.Body.ToArray());
        }

        return [.. bodies];
    }

    private static void Flush(SamplesWriter writer, FrameWriter frames)
    {
        frames.WriteFrames(writer.GetFrame());
        writer.Clear();
    }
}
