namespace Plotune.Mqtt.IntegrationTests.Support;

/// <summary>A message as mosquitto_sub has printed it.</summary>
/// <param name="QualityOfService">That of the delivery, which the subscription bounds.</param>
/// <param name="Retained">It was kept by the broker, not live.</param>
internal sealed record RecordedMessage(string Topic, string Payload, int QualityOfService, bool Retained);
