namespace Plotune.Mqtt.Client;

/// <summary>The broker did not answer in time, so the connection counts as half-open.</summary>
public sealed class MqttTimeoutException(string message) : MqttException(message);
