using Plotune.Mqtt.Agent.Supervision;
using Plotune.Mqtt.Client;

namespace Plotune.Mqtt.Agent.Api;

/// <summary><c>/api/messages</c>.</summary>
internal sealed class MessageEndpoints(IConnectionManager connections)
{
    public void Map(IEndpointRouteBuilder routes) => routes.MapGet("/api/messages", ListAsync);

    private async Task ListAsync(HttpContext context)
    {
        var messages = await connections.MessagesAsync(QueryOf(context), context.RequestAborted);
        var answer = new MessagesAnswer([.. messages.Select(MessageEntry.Of)]);
        await ApiAnswer.WriteAsync(context, StatusCodes.Status200OK, answer, ApiJson.Readable.MessagesAnswer);
    }

    private static MessageQuery QueryOf(HttpContext context)
    {
        var filter = RequestQuery.Text(context, "filter");
        if (filter is not null && MqttTopic.FilterError(filter) is { } error) throw new RefusedBodyException("filter", error);
        return new MessageQuery
        {
            Connection = RequestQuery.Text(context, "connection"),
            Match = RequestQuery.Text(context, "match"),
            Filter = filter,
            Source = RequestQuery.OneOf(context, "source", MessageSources.All),
            Limit = RequestQuery.Number(context, "limit", 100, 1, 1000),
        };
    }
}
