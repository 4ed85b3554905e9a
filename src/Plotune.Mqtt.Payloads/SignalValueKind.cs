namespace Plotune.Mqtt.Payloads;

/// <summary>What a sample holds.</summary>
public enum SignalValueKind : byte
{
    /// <summary>A known signal has no value at this time (JSON null).</summary>
    Gap = 0,
    Number = 1,
    Boolean = 2,
    Text = 3,
}
