namespace Plotune.Mqtt.Agent.Signals;

/// <summary>Time and number of one sample in a <see cref="SignalHistory"/>: the 16 bytes that nearly every sample needs.</summary>
internal readonly record struct HistoryEntry(long TimeMicros, double Number);
