using Plotune.Mqtt.Agent.Signals;

namespace Plotune.Mqtt.Agent.Api;

/// <summary>One signal, one frame per sample: <c>{"timestamp":...,"value":...}</c>. Losses are not told; the counter has them.</summary>
internal sealed class SingleSignalFormat : ISampleFormat
{
    public void Begin(TextFrameBuffer frames)
    {
    }

    public void Append(TextFrameBuffer frames, in ViewerSample sample)
    {
        if (!sample.Json.IsEmpty) frames.AppendFrame("{"u8, sample.Json.Span);
    }

    public void End(TextFrameBuffer frames)
    {
    }
}
