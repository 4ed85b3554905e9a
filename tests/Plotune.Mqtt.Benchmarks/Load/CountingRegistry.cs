using Plotune.Mqtt.Payloads;

namespace Plotune.Mqtt.Benchmarks.Load;

/// <summary>Numbers the signals and tells nobody.</summary>
internal sealed class CountingRegistry : ISignalRegistry
{
    private int _signals;

    public int Register(string topic, string path, SignalValueKind kind) => _signals++;

    public void Describe(int signalId, string? unit, string? description)
    {
    }
}
