using Plotune.Mqtt.Payloads;

namespace Plotune.Mqtt.Agent.Monitor;

/// <summary>One point of a curve: the extremes of a bucket of numbers, a change of a text or a boolean, or a gap.</summary>
internal struct CurvePoint
{
    /// <summary>Microseconds since 1970; of a bucket, its newest sample's.</summary>
    public long TimeMicros;

    /// <summary>Least number; 1 or 0 for a boolean.</summary>
    public double Minimum;

    public double Maximum;

    /// <summary>UTF-8, for a text.</summary>
    public byte[]? Text;

    public SignalValueKind Kind;
}
