using System.Text;
using Plotune.Mqtt.Agent.Configuration;
using Plotune.Mqtt.Agent.Outbound;
using Plotune.Mqtt.Client;

namespace Plotune.Mqtt.Agent.Api;

/// <summary><c>POST /api/connections/{name}/publish</c>: a message of a person or a script, by the same way as all others.</summary>
internal sealed class PublishEndpoint(IOutboundQueues queues, TimeProvider timeProvider)
{
    private const string Prefix = "/api/connections/";
    private const string Suffix = "/publish";

    private static readonly OutboundSource Source = new(OutboundSource.Api, OverflowPolicy.Refuse);

    public void Map(IEndpointRouteBuilder routes) => routes.MapPost(Prefix + "{**name}", PublishAsync);

    private async Task PublishAsync(HttpContext context)
    {
        if (!context.Request.Path.Value!.EndsWith(Suffix, StringComparison.OrdinalIgnoreCase))
        {
            await ApiAnswer.WriteDetailAsync(context, StatusCodes.Status404NotFound, "Not found");
            return;
        }

        var name = RequestName.Of(context, Prefix, Suffix);
        var message = await RequestBody.ReadAsync(context, (body, faults) => Read(new JsonFields(body, "", faults)));
        var answer = await queues.AcceptAsync([name], Source, [message], context.RequestAborted) switch
        {
            OutboundVerdict.Accepted => ApiAnswer.WriteAsync(
                context, StatusCodes.Status202Accepted, new OutcomeAnswer("success", "The message is stored and published as soon as the broker takes it"), ApiJson.Readable.OutcomeAnswer),
            OutboundVerdict.Full => ApiAnswer.WriteDetailAsync(
                context, StatusCodes.Status503ServiceUnavailable, "As many messages wait to be published as allowed; try again later"),
            _ => ConnectionEndpoints.NotFoundAsync(context, name),
        };
        await answer;
    }

    private OutboundMessage? Read(JsonFields fields)
    {
        var topic = fields.Text("topic") ?? "";
        if (!fields.Faults.Has("topic") && MqttTopic.NameError(topic) is { } error) fields.Faults.Add("topic", error);
        var payload = PayloadOf(fields);
        var qos = fields.Number("qos", 0, 2) ?? (int)QualityOfService.AtLeastOnce;
        var expiry = fields.Number("expirySeconds", 1, int.MaxValue);
        var message = new OutboundMessage(topic, payload, (QualityOfService)qos)
        {
            Retain = fields.Flag("retain") ?? false,
            IsJson = fields.Flag("json") ?? false,
            Expires = expiry is { } seconds ? timeProvider.GetUtcNow().AddSeconds(seconds) : null,
        };
        return fields.Faults.Count > 0 ? null : message;
    }

    private static byte[] PayloadOf(JsonFields fields)
    {
        var text = fields.Text("payload");
        if (fields.Text("payloadHex") is not { } digits) return Encoding.UTF8.GetBytes(text ?? "");
        if (text is not null) fields.Faults.Add("payloadHex", "is one payload too many beside payload");
        try
        {
            return Convert.FromHexString(digits);
        }
        catch (FormatException)
        {
            fields.Faults.Add("payloadHex", "must be hexadecimal digits, two for each byte");
            return [];
        }
    }
}
