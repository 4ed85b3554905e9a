namespace Plotune.Mqtt.Client.Session;

/// <summary>PUBREC refused a publish, which ends its exchange: no PUBREL follows [MQTT-4.3.3-4].</summary>
internal sealed class PublishRefusedException(byte reasonCode) : MqttException($"PUBREC with reason code 0x{reasonCode:X2}.")
{
    public byte ReasonCode => reasonCode;
}
