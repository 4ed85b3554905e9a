namespace Plotune.Mqtt.Agent.Signals;

/// <summary>UTF-8 bytes of texts in the histories of one connection. Guarded by the connection's lock.</summary>
internal sealed class TextBudget(int perSignal, long perConnection)
{
    public int PerSignal => perSignal;

    public long Used { get; set; }

    /// <summary>Samples that left a history early because of their texts' size.</summary>
    public long SamplesDropped { get; set; }

    public bool IsExceeded => Used > perConnection;
}
