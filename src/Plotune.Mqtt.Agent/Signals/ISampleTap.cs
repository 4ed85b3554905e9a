using Plotune.Mqtt.Payloads;

namespace Plotune.Mqtt.Agent.Signals;

/// <summary>
/// Sees every sample of one signal, unlike a viewer without a queue and before anything is formatted. Called under the lock of the signal's connection: it neither waits nor allocates per sample.
/// </summary>
internal interface ISampleTap
{
    /// <summary>A sample there was before the tap began; all of these come first, oldest first.</summary>
    void TakeHistory(in HistorySample sample);

    /// <param name="number">The number; 1 or 0 for a boolean.</param>
    /// <param name="text">Well-formed UTF-8 that never changes, for a text.</param>
    void Take(long timeMicros, SignalValueKind kind, double number, byte[]? text);
}
