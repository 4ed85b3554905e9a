using Plotune.Mqtt.Payloads;

namespace Plotune.Mqtt.Agent.Tests.Monitor;

/// <summary>What happens to a curve: a sample some time after the one before, or its points are taken out.</summary>
internal sealed record CurveStep(bool IsDrain, long Advance, SignalValueKind Kind, double Number)
{
    public static readonly CurveStep Drain = new(true, 0, SignalValueKind.Gap, 0);

    /// <summary>A new array each time: equal texts are no equal references.</summary>
    public byte[]? Text => Kind == SignalValueKind.Text ? [(byte)Number] : null;

    public static CurveStep Of(long advance, SignalValueKind kind, double number) => new(false, advance, kind, number);
}
