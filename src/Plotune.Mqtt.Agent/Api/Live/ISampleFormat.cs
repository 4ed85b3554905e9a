using Plotune.Mqtt.Agent.Signals;

namespace Plotune.Mqtt.Agent.Api;

/// <summary>How samples become text frames. One per viewer, called from its send loop.</summary>
internal interface ISampleFormat
{
    /// <summary>Before the first sample of a write; the buffer is empty.</summary>
    void Begin(TextFrameBuffer frames);

    void Append(TextFrameBuffer frames, in ViewerSample sample);

    /// <summary>After the last sample of a write; the buffer stays empty if there were none.</summary>
    void End(TextFrameBuffer frames);
}
