namespace Plotune.Mqtt.Agent.Api;

/// <summary><c>/api/event-sources</c>: there are none in this version.</summary>
internal static class OutboundEndpoints
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/event-sources", context => ApiAnswer.WriteAsync(context, 200, new EventSourcesAnswer([]), ApiJson.Readable.EventSourcesAnswer));
        routes.MapPut("/api/event-sources/{**name}", context => Missing(context, "Event sources"));
        routes.MapDelete("/api/event-sources/{**name}", context => Missing(context, "Event sources"));
    }

    private static Task Missing(HttpContext context, string what) =>
        ApiAnswer.WriteDetailAsync(context, StatusCodes.Status501NotImplemented, $"{what} are not supported by this version");
}
