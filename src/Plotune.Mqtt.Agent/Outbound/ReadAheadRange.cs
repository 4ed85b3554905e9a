namespace Plotune.Mqtt.Agent.Outbound;

/// <summary>What is to be read from disk into the window: the first messages with identifiers after the one, up to the other.</summary>
internal readonly record struct ReadAheadRange(long After, long Through, int Limit, long Bytes);
