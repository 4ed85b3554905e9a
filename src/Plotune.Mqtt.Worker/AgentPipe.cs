using Plotune.Mqtt.Worker.Ipc;

namespace Plotune.Mqtt.Worker;

/// <summary>Frames to the agent. A write that fails means that the agent is gone: the worker ends, and the writer is told by the exception.</summary>
internal sealed class AgentPipe(FrameWriter writer, WorkerLifetime lifetime)
{
    public void Write(FrameKind kind, ReadOnlySpan<byte> body)
    {
        try
        {
            writer.Write(kind, body);
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException)
        {
            lifetime.End(WorkerEnd.AgentGone);
            throw;
        }
    }

    /// <summary>Writes whole frames in one write.</summary>
    public void WriteFrames(ReadOnlySpan<byte> frames)
    {
        try
        {
            writer.WriteFrames(frames);
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException)
        {
            lifetime.End(WorkerEnd.AgentGone);
            throw;
        }
    }
}
