using System.Text;
using MQTTnet.Formatter;
using Plotune.Mqtt.Client.Publishing;

namespace Plotune.Mqtt.Client.Session;

/// <summary>Finds what CONNECT cannot carry in either version, before a broker closes the connection over it without a word (MQTT 5.0, 3.1). Pure.</summary>
internal static class ConnectRules
{
    /// <returns>Null if all of it can be sent.</returns>
    public static ConnectionEnd? Fault(BrokerConnectionOptions options, MqttProtocolVersion version, string clientId)
    {
        if (!MqttText.IsValid(clientId))
            return Final(LocalFault.ClientIdentifierNotValid, "The client identifier is longer than 65,535 bytes, or no text that MQTT can carry. Choose another one.");
        if (options.UserName is { } userName && !MqttText.IsValid(userName))
            return Final(LocalFault.BadUserNameOrPassword, "The user name is longer than 65,535 bytes, or no text that MQTT can carry.");
        if (options.Password is { } password && Encoding.UTF8.GetByteCount(password) > MqttText.MaximumLengthBytes)
            return Final(LocalFault.BadUserNameOrPassword, "The password is longer than 65,535 bytes.");
        return options.Will is { } will && WillFault(will, version) is { } fault ? Final(LocalFault.WillInvalid, fault) : null;
    }

    private static string? WillFault(WillMessage will, MqttProtocolVersion version)
    {
        if (MqttTopic.NameError(will.Topic) is { } topicError)
            return $"The topic of the Will message cannot be used: {topicError}";
        if (will.Payload.Length > MqttText.MaximumLengthBytes)
            return $"The Will message has {will.Payload.Length:N0} bytes; MQTT allows 65,535."; // MQTT 5.0, 3.1.3.4
        if (will.QualityOfService > QualityOfService.ExactlyOnce) // [MQTT-3.1.2-12]
            return "MQTT has QoS 0, 1 and 2; the Will message asks for another.";
        if (will.Delay < TimeSpan.Zero)
            return "The delay of the Will message is negative.";
        return version == MqttProtocolVersion.V500 && MessagePropertyRules.Error(will.Properties, will.Payload.Span) is { } propertyError
            ? $"The properties of the Will message cannot be sent: {propertyError}"
            : null;
    }

    private static ConnectionEnd Final(LocalFault fault, string sentence) => new(fault, sentence, ReasonClass.Final);
}
