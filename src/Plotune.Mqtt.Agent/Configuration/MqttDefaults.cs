using Plotune.Mqtt.Client;

namespace Plotune.Mqtt.Agent.Configuration;

/// <summary><c>configuration.mqtt_settings</c> of plugin.json: what the form offers and a new connection gets.</summary>
internal sealed record MqttDefaults
{
    /// <summary>Topic filter. (default: plotune/#)</summary>
    public string Topic { get; init; } = "plotune/#";

    /// <summary>Keep Alive, whole seconds. (default: 60 s)</summary>
    public TimeSpan KeepAlive { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>QoS of a subscription. (default: 1)</summary>
    public QualityOfService QualityOfService { get; init; } = QualityOfService.AtLeastOnce;

    /// <summary>Clean Session. (default: on)</summary>
    public bool CleanSession { get; init; } = true;
}
