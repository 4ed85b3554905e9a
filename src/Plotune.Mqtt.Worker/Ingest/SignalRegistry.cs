using Plotune.Mqtt.Payloads;
using Plotune.Mqtt.Worker.Ipc;

namespace Plotune.Mqtt.Worker.Ingest;

/// <summary>
/// Numbers the connection's signals from 0 in the order met, and keeps the frames that tell the agent until <see cref="Take"/>. Past the limit every
/// further signal is refused, since none is ever forgotten. Not thread-safe.
/// </summary>
internal sealed class SignalRegistry(WorkerLimits limits, AgentPipe pipe) : ISignalRegistry
{
    // A topic name of 64 KiB may have thousands of leaves, and each definition repeats it.
    private const int MaximumPending = 1 << 20;

    private readonly FrameBuffer _pending = new();
    private int _count;

    /// <summary>Bytes of frames waiting.</summary>
    public int PendingLength => _pending.Length;

    /// <summary>A signal has been refused.</summary>
    public bool IsExhausted { get; private set; }

    public int Register(string topic, string path, SignalValueKind kind)
    {
        if (_count >= Math.Min(limits.MaximumSignals, WireSample.MaximumSignalId))
        {
            IsExhausted = true;
            return -1;
        }

        Append(FrameKind.SignalDefined, new SignalDefinitionFrame(_count, topic, path, kind).ToBody());
        return _count++;
    }

    public void Describe(int signalId, string? unit, string? description) =>
        Append(FrameKind.SignalDescribed, new SignalDescriptionFrame(signalId, Cut(unit), Cut(description)).ToBody());

    /// <summary>The frames waiting, for the caller to add to, write and clear.</summary>
    public FrameBuffer Take() => _pending;

    private void Append(FrameKind kind, byte[] body)
    {
        if (_pending.Length > MaximumPending)
        {
            pipe.WriteFrames(_pending.Frames);
            _pending.Clear();
        }

        _pending.Append(kind, body);
    }

    private string? Cut(string? text)
    {
        if (text is null || text.Length <= limits.MaximumTextBytes)
            return text;

        int length = limits.MaximumTextBytes;
        return text[..(length > 0 && char.IsHighSurrogate(text[length - 1]) ? length - 1 : length)];
    }
}
