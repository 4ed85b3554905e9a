using Plotune.Mqtt.Client;

namespace Plotune.Mqtt.Agent.Configuration;

/// <summary>The message the broker publishes when the connection ends without DISCONNECT.</summary>
internal sealed record WillConfig(string Topic, string Payload)
{
    public QualityOfService QualityOfService { get; init; }

    public bool Retain { get; init; }

    /// <summary>Will Delay Interval, whole seconds; sent in MQTT 5.0 only. (default: none)</summary>
    public TimeSpan Delay { get; init; }
}
