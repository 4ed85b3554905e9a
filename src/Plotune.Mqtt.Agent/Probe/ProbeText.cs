using System.Text;
using System.Text.RegularExpressions;
using Plotune.Mqtt.Client;

namespace Plotune.Mqtt.Agent.Probe;

/// <summary>Filters and messages as they are typed. Pure.</summary>
internal static partial class ProbeText
{
    /// <summary><c>filter</c> or <c>filter:qos</c>: a last colon followed by 0, 1 or 2 and nothing else sets the QoS off.</summary>
    /// <returns>Null if it is neither; <paramref name="error"/> says why.</returns>
    public static TopicSubscription? Subscription(string text, out string error)
    {
        var hasQos = text.Length >= 2 && text[^2] == ':' && text[^1] is >= '0' and <= '2';
        var filter = hasQos ? text[..^2] : text;
        error = MqttTopic.FilterError(filter) ?? "";
        return error.Length > 0 ? null : new TopicSubscription(filter, hasQos ? (QualityOfService)(text[^1] - '0') : QualityOfService.AtMostOnce);
    }

    /// <summary><c>topic:qos:payload</c>: the first <c>:0:</c>, <c>:1:</c> or <c>:2:</c> parts them, so both may hold colons otherwise.</summary>
    /// <inheritdoc cref="Subscription" path="/returns"/>
    public static OutboundPublish? Message(string text, out string error)
    {
        var match = QosMark().Match(text);
        if (!match.Success)
        {
            error = "Write topic:qos:payload, such as plant/lamp:1:on.";
            return null;
        }

        var topic = text[..match.Index];
        error = MqttTopic.NameError(topic) ?? "";
        return error.Length > 0
            ? null
            : new OutboundPublish(topic, Encoding.UTF8.GetBytes(text[(match.Index + match.Length)..]), (QualityOfService)(match.ValueSpan[1] - '0'));
    }

    [GeneratedRegex(":[012]:", RegexOptions.CultureInvariant)]
    private static partial Regex QosMark();
}
