using Plotune.Mqtt.Payloads;

namespace Plotune.Mqtt.Agent.Signals;

/// <summary>One sample of a signal.</summary>
/// <param name="TimeMicros">Microseconds since 1970.</param>
/// <param name="Number">The number; 1 or 0 for a boolean.</param>
/// <param name="Text">The text, for a text.</param>
/// <param name="TextCut">The text was longer than the limit.</param>
/// <param name="Retained">Came from a retained message, so it may be old.</param>
internal readonly record struct TimedValue(long TimeMicros, SignalValueKind Kind, double Number, string? Text = null, bool TextCut = false, bool Retained = false);
