namespace Plotune.Mqtt.Worker.Ipc;

/// <summary>The other end of a worker pipe sent bytes that break the contract. The stream cannot be read any further.</summary>
public sealed class FrameException : Exception
{
    public FrameException(string message)
        : base(message)
    {
    }

    public FrameException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
