namespace Plotune.Mqtt.Agent.Bridge;

/// <summary>One sample of a source, ready to be published.</summary>
/// <param name="Payload"><c>{"value":...,"timestamp":seconds}</c>; does not change any more.</param>
/// <param name="Number">Its value if that is a number, otherwise NaN.</param>
/// <param name="TimeMicros">The time the source gave it, in microseconds since 1970; null if it gave none.</param>
/// <param name="Position">Its place in <see cref="TakenSamples"/>.</param>
internal readonly record struct BridgeSample(ReadOnlyMemory<byte> Payload, double Number, long? TimeMicros, long Position = 0);
