namespace Plotune.Mqtt.Worker.Ipc;

/// <summary>A whole frame inside the buffer of a <see cref="FrameReader"/>; valid until its next read.</summary>
public readonly ref struct FrameView(FrameKind kind, ReadOnlySpan<byte> body)
{
    /// <summary>May be a number that is not in <see cref="FrameKind"/>.</summary>
    public FrameKind Kind { get; } = kind;

    public ReadOnlySpan<byte> Body { get; } = body;
}
