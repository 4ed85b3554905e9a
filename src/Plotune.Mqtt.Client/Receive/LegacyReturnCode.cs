using MQTTnet.Protocol;

namespace Plotune.Mqtt.Client.Receive;

/// <summary>Return codes of MQTT 3.1.1 (3.2.2.3) in the CONNACK with which a broker refuses MQTT 5.0 because it does not know it.</summary>
internal static class LegacyReturnCode
{
    public static MqttConnectReasonCode ToReasonCode(MqttConnectReasonCode code) => (byte)code switch
    {
        1 => MqttConnectReasonCode.UnsupportedProtocolVersion,
        2 => MqttConnectReasonCode.ClientIdentifierNotValid,
        3 => MqttConnectReasonCode.ServerUnavailable,
        4 => MqttConnectReasonCode.BadUserNameOrPassword,
        5 => MqttConnectReasonCode.NotAuthorized,
        _ => code,
    };
}
