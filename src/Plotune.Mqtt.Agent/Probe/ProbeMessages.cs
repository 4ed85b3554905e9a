using System.Text;
using System.Text.Unicode;
using Plotune.Mqtt.Client;

namespace Plotune.Mqtt.Agent.Probe;

/// <summary>Writes messages, and lets none be acknowledged that was not written.</summary>
internal sealed class ProbeMessages(ProbeOutput output) : IPublishHandler
{
    private const int LargestBatch = 256;

    private int _added;

    public bool OnPublish(in InboundPublish publish)
    {
        output.Add(ToEvent(in publish));
        return ++_added < LargestBatch;
    }

    public ValueTask HandOverAsync(CancellationToken cancellationToken)
    {
        _added = 0;
        output.Flush();
        return ValueTask.CompletedTask;
    }

    private static MessageEvent ToEvent(in InboundPublish publish)
    {
        var isText = Utf8.IsValid(publish.Payload);
        return new MessageEvent(Encoding.UTF8.GetString(publish.Topic), (int)publish.QualityOfService, publish.Retained, publish.Duplicate)
        {
            Payload = isText ? Encoding.UTF8.GetString(publish.Payload) : null,
            PayloadHex = isText ? null : Convert.ToHexString(publish.Payload),
            Properties = publish.Properties.IsEmpty ? null : ReadProperties(publish.Properties),
        };
    }

    private static MessageEventProperties ReadProperties(ReadOnlySpan<byte> bytes)
    {
        var result = new MessageEventProperties();
        var properties = new PropertyReader(bytes);
        while (properties.MoveNext())
        {
            switch (properties.Identifier)
            {
                case PropertyIdentifier.PayloadFormatIndicator:
                    result.PayloadFormatIndicator = properties.Number;
                    break;
                case PropertyIdentifier.MessageExpiryInterval:
                    result.MessageExpiryInterval = properties.Number;
                    break;
                case PropertyIdentifier.TopicAlias:
                    result.TopicAlias = properties.Number;
                    break;
                case PropertyIdentifier.ResponseTopic:
                    result.ResponseTopic = Encoding.UTF8.GetString(properties.Value);
                    break;
                case PropertyIdentifier.CorrelationData:
                    result.CorrelationData = Convert.ToHexString(properties.Value);
                    break;
                case PropertyIdentifier.SubscriptionIdentifier:
                    (result.SubscriptionIdentifiers ??= []).Add(properties.Number);
                    break;
                case PropertyIdentifier.ContentType:
                    result.ContentType = Encoding.UTF8.GetString(properties.Value);
                    break;
                case PropertyIdentifier.UserProperty:
                    (result.UserProperties ??= []).Add([Encoding.UTF8.GetString(properties.Name), Encoding.UTF8.GetString(properties.Value)]);
                    break;
            }
        }

        return result;
    }
}
