namespace Plotune.Mqtt.Agent.Api;

/// <summary><c>/api/bridges</c>: there are none in this version.</summary>
internal static class OutboundEndpoints
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/bridges", context => ApiAnswer.WriteAsync(context, 200, new BridgesAnswer([]), ApiJson.Readable.BridgesAnswer));
        routes.MapDelete("/api/bridges/{**name}", context => Missing(context, "Bridges"));
    }

    private static Task Missing(HttpContext context, string what) =>
        ApiAnswer.WriteDetailAsync(context, StatusCodes.Status501NotImplemented, $"{what} are not supported by this version");
}
