namespace Plotune.Mqtt.Client;

/// <summary>Quality of Service level of a PUBLISH or of a subscription (MQTT 5.0, 4.3).</summary>
public enum QualityOfService : byte
{
    AtMostOnce = 0,
    AtLeastOnce = 1,
    ExactlyOnce = 2,
}
