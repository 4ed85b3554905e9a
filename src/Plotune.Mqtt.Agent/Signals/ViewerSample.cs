namespace Plotune.Mqtt.Agent.Signals;

/// <summary>What a viewer takes out of its queue: one sample, or the news that samples were lost.</summary>
/// <param name="Signal">Whose.</param>
/// <param name="Json">The sample from the first member name on, such as <c>"timestamp":1766000000.123456,"value":23.4}</c>; shared between viewers, never changed.
/// Empty if the entry only says how many samples were lost.</param>
/// <param name="Missed">Samples of this signal lost before the next one; above zero only where <paramref name="Json"/> is empty.</param>
internal readonly record struct ViewerSample(Signal Signal, ReadOnlyMemory<byte> Json, long Missed = 0);
