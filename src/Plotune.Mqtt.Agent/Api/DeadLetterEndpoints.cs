using System.Globalization;
using Plotune.Mqtt.Agent.Outbound;

namespace Plotune.Mqtt.Agent.Api;

/// <summary><c>/api/dead-letters</c>.</summary>
internal sealed class DeadLetterEndpoints(DeadLetters letters)
{
    private const string Route = "/api/dead-letters";
    private const int MaximumPayload = 4096;

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet(Route, ListAsync);
        routes.MapDelete(Route, DeleteAllAsync);
        routes.MapDelete(Route + "/{id:long}", DeleteAsync);
        routes.MapPost(Route + "/resend", ResendAllAsync);
        routes.MapPost(Route + "/{id:long}/resend", ResendAsync);
    }

    private async Task ListAsync(HttpContext context)
    {
        var limit = RequestQuery.Number(context, "limit", 100, 1, 1000);
        var (page, next) = await letters.ListAsync(RequestQuery.Text(context, "connection"), RequestQuery.Identifier(context, "after"), limit, MaximumPayload, context.RequestAborted);
        var answer = new DeadLettersAnswer([.. page.Select(DeadLetterEntry.Of)], next?.ToString(CultureInfo.InvariantCulture));
        await ApiAnswer.WriteAsync(context, StatusCodes.Status200OK, answer, ApiJson.Readable.DeadLettersAnswer);
    }

    private async Task DeleteAsync(HttpContext context)
    {
        var id = IdOf(context);
        if (await letters.DeleteAsync(id, context.RequestAborted)) await SucceedAsync(context, StatusCodes.Status200OK, $"Dead letter {id} is removed", 1);
        else await MissingAsync(context, id);
    }

    private async Task DeleteAllAsync(HttpContext context)
    {
        var connection = ConnectionOf(context);
        if (await letters.DeleteAllAsync(connection, context.RequestAborted) is { } count)
            await SucceedAsync(context, StatusCodes.Status200OK, $"{count} dead letters of {connection} are removed", count);
        else
            await ConnectionEndpoints.NotFoundAsync(context, connection);
    }

    private async Task ResendAsync(HttpContext context)
    {
        var id = IdOf(context);
        var answer = await letters.ResendAsync(id, context.RequestAborted) switch
        {
            ResendVerdict.Resent => SucceedAsync(context, StatusCodes.Status202Accepted, $"Dead letter {id} is sent again", 1),
            ResendVerdict.Full => ApiAnswer.WriteDetailAsync(context, StatusCodes.Status503ServiceUnavailable, "As many messages wait to be published as allowed; try again later"),
            ResendVerdict.Incomplete => ApiAnswer.WriteDetailAsync(context, StatusCodes.Status409Conflict, "Its payload was too large to be kept, so it cannot be sent again"),
            _ => MissingAsync(context, id),
        };
        await answer;
    }

    private async Task ResendAllAsync(HttpContext context)
    {
        var connection = ConnectionOf(context);
        if (await letters.ResendAllAsync(connection, context.RequestAborted) is not var (count, isAll))
        {
            await ConnectionEndpoints.NotFoundAsync(context, connection);
            return;
        }

        var rest = isAll ? "" : "; there is no room for the others, try again later";
        await SucceedAsync(context, StatusCodes.Status202Accepted, $"{count} dead letters of {connection} are sent again{rest}", count);
    }

    private static string ConnectionOf(HttpContext context) => RequestQuery.Text(context, "connection") ?? throw new RefusedBodyException("connection", "is missing");

    private static long IdOf(HttpContext context) => long.Parse((string)context.Request.RouteValues["id"]!, CultureInfo.InvariantCulture);

    private static Task SucceedAsync(HttpContext context, int status, string message, int count) =>
        ApiAnswer.WriteAsync(context, status, new CountAnswer("success", message, count), ApiJson.Readable.CountAnswer);

    private static Task MissingAsync(HttpContext context, long id) => ApiAnswer.WriteDetailAsync(context, StatusCodes.Status404NotFound, $"There is no dead letter {id}");
}
