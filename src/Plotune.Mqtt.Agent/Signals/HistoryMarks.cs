namespace Plotune.Mqtt.Agent.Signals;

/// <summary>What a <see cref="SignalHistory"/> keeps of samples that are not all plain numbers, by their positions.</summary>
internal sealed class HistoryMarks
{
    /// <summary>Kind and other facts, a byte per sample.</summary>
    public required byte[] Flags { get; set; }

    /// <summary>Null until the first text.</summary>
    public byte[]?[]? Texts { get; set; }

    public int TextBytes { get; set; }
}
