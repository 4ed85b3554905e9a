namespace Plotune.Mqtt.Client;

/// <summary>More is published than may wait; nothing of this one was taken. A caller is expected to keep a bound of its own below that.</summary>
public sealed class PublishBacklogException(int publishes, long bytes)
    : MqttException($"{publishes:N0} publishes with {bytes:N0} bytes are not finished yet; no more are taken.");
