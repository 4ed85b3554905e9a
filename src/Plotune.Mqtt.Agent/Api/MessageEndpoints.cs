using Plotune.Mqtt.Agent.Supervision;

namespace Plotune.Mqtt.Agent.Api;

/// <summary><c>/api/messages</c>.</summary>
internal sealed class MessageEndpoints(IConnectionManager connections)
{
    public void Map(IEndpointRouteBuilder routes) => routes.MapGet("/api/messages", ListAsync);

    private async Task ListAsync(HttpContext context)
    {
        var limit = RequestQuery.Number(context, "limit", 100, 1, 1000);
        var messages = await connections.MessagesAsync(RequestQuery.Text(context, "connection"), RequestQuery.Text(context, "match"), limit, context.RequestAborted);
        var answer = new MessagesAnswer([.. messages.Select(MessageEntry.Of)]);
        await ApiAnswer.WriteAsync(context, StatusCodes.Status200OK, answer, ApiJson.Readable.MessagesAnswer);
    }
}
