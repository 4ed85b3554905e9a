using Plotune.Mqtt.Payloads;

namespace Plotune.Mqtt.Worker.Ipc;

/// <summary>One value of one signal, as read by <see cref="SamplesReader"/>.</summary>
public readonly ref struct WireSample
{
    /// <summary>Largest signal identifier the wire can hold.</summary>
    public const int MaximumSignalId = (1 << KindShift) - 1;

    internal const int KindShift = 28;
    internal const uint KindMask = 3;
    internal const uint CutBit = 1u << 30;
    internal const uint ReservedBit = 1u << 31;

    private readonly uint _head;

    internal WireSample(uint head, double number, ReadOnlySpan<byte> text)
    {
        _head = head;
        Number = number;
        Text = text;
    }

    public int SignalId => (int)(_head & MaximumSignalId);

    public SignalValueKind Kind => (SignalValueKind)((_head >> KindShift) & KindMask);

    /// <summary>The number; 1 or 0 for a boolean.</summary>
    public double Number { get; }

    /// <summary>UTF-8 bytes, inside the frame.</summary>
    public ReadOnlySpan<byte> Text { get; }

    /// <summary>The text was longer than the limit.</summary>
    public bool TextCut => (_head & CutBit) != 0;
}
