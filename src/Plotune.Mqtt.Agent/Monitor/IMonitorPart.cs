using System.Text.Json;
using Plotune.Mqtt.Agent.Api;

namespace Plotune.Mqtt.Agent.Monitor;

/// <summary>One kind of frame that a page is sent. Called from the session's send loop alone; times are counted from the session's begin.</summary>
internal interface IMonitorPart
{
    /// <summary>When <see cref="Write"/> wants to be called next; <see cref="TimeSpan.MaxValue"/> while the page does not show it.</summary>
    TimeSpan Due { get; }

    /// <summary>Takes what the page shows from now on.</summary>
    void Show(MonitorShow show, TimeSpan now);

    /// <summary>Writes one frame into the empty buffer, or leaves it empty if there is nothing to tell.</summary>
    /// <param name="json">For whoever wants one; its state is nobody's.</param>
    void Write(TextFrameBuffer frames, Utf8JsonWriter json, TimeSpan now);
}
