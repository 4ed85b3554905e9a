using System.Text;

namespace Plotune.Mqtt.Client;

/// <summary>The MQTT 5.0 properties of a received message, copied out of the receive buffer; see <see cref="InboundPublish.ReadProperties"/>.</summary>
public sealed record InboundProperties
{
    /// <summary>What the sender chose. The Message Expiry Interval is what is left of it [MQTT-3.3.2-6].</summary>
    public MessageProperties Message { get; private init; } = new();

    /// <summary>The Subscription Identifiers of all matching subscriptions that have one, in the broker's order.</summary>
    public IReadOnlyList<uint> SubscriptionIdentifiers { get; private init; } = [];

    internal static InboundProperties Read(ReadOnlySpan<byte> properties)
    {
        var message = new MessageProperties();
        List<KeyValuePair<string, string>>? userProperties = null;
        List<uint>? identifiers = null;
        var property = new PropertyReader(properties);
        while (property.MoveNext())
        {
            switch (property.Identifier)
            {
                case PropertyIdentifier.PayloadFormatIndicator:
                    message = message with { IsText = property.Number == 1 };
                    break;
                case PropertyIdentifier.MessageExpiryInterval:
                    message = message with { Expiry = TimeSpan.FromSeconds(property.Number) };
                    break;
                case PropertyIdentifier.ContentType:
                    message = message with { ContentType = Encoding.UTF8.GetString(property.Value) };
                    break;
                case PropertyIdentifier.ResponseTopic:
                    message = message with { ResponseTopic = Encoding.UTF8.GetString(property.Value) };
                    break;
                case PropertyIdentifier.CorrelationData:
                    message = message with { CorrelationData = property.Value.ToArray() };
                    break;
                case PropertyIdentifier.UserProperty:
                    (userProperties ??= []).Add(new(Encoding.UTF8.GetString(property.Name), Encoding.UTF8.GetString(property.Value)));
                    break;
                case PropertyIdentifier.SubscriptionIdentifier:
                    (identifiers ??= []).Add(property.Number);
                    break;
            }
        }

        return new InboundProperties
        {
            Message = userProperties is null ? message : message with { UserProperties = userProperties },
            SubscriptionIdentifiers = identifiers is null ? [] : identifiers,
        };
    }
}
