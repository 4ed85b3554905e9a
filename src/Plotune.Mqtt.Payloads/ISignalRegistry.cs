namespace Plotune.Mqtt.Payloads;

/// <summary>Gives out the numbers by which samples name their signals. One per connection; called from the decoding thread only.</summary>
public interface ISignalRegistry
{
    /// <summary>Registers a signal the decoder has met for the first time.</summary>
    /// <param name="topic">Topic name.</param>
    /// <param name="path">JSON Pointer (RFC 6901) of the leaf, such as <c>/motor/speed</c> or <c>/phases/0</c>; empty for the topic's own value.</param>
    /// <param name="kind">Kind of the first value.</param>
    /// <returns>An identifier from 0, or -1 if the limit on signals is reached: the leaf is then left out.</returns>
    int Register(string topic, string path, SignalValueKind kind);

    /// <summary>A value object named a unit or a description that differs from what was known; null means not named.</summary>
    void Describe(int signalId, string? unit, string? description);
}
