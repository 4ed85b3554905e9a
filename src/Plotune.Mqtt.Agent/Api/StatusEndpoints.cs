namespace Plotune.Mqtt.Agent.Api;

/// <summary><c>/api/status</c>.</summary>
internal sealed class StatusEndpoints(AgentStatus status)
{
    public void Map(IEndpointRouteBuilder routes) => routes.MapGet("/api/status", ShowAsync);

    private Task ShowAsync(HttpContext context) => ApiAnswer.WriteAsync(context, StatusCodes.Status200OK, status.Read(), ApiJson.Readable.AgentStatusAnswer);
}
