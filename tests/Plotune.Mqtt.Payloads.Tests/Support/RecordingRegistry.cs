namespace Plotune.Mqtt.Payloads.Tests.Support;

/// <summary>Remembers what it was told; refuses from a limit on.</summary>
internal sealed class RecordingRegistry(int limit = int.MaxValue) : ISignalRegistry
{
    private readonly HashSet<(string Topic, string Path)> _known = [];

    public List<(string Topic, string Path, SignalValueKind Kind)> Signals { get; } = [];

    public List<(int SignalId, string? Unit, string? Description)> Descriptions { get; } = [];

    public int Refusals { get; private set; }

    public int Register(string topic, string path, SignalValueKind kind)
    {
        if (Signals.Count == limit)
        {
            Refusals++;
            return -1;
        }

        if (!_known.Add((topic, path)))
        {
            throw new InvalidOperationException($"Registered twice: {topic} {path}");
        }

        Signals.Add((topic, path, kind));
        return Signals.Count - 1;
    }

    public void Describe(int signalId, string? unit, string? description) => Descriptions.Add((signalId, unit, description));
}
