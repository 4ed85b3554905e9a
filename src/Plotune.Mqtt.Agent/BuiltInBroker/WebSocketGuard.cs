using System.Net;

namespace Plotune.Mqtt.Agent.BuiltInBroker;

/// <summary>
/// Lets only WebSocket requests for <see cref="Path"/> through, and of those that come from a web page only pages of this computer: a browser sends
/// everywhere what a page asks for, and says in <c>Origin</c> whose page it is.
/// </summary>
internal sealed class WebSocketGuard(BrokerCounters counters) : IMiddleware
{
    public const string Path = "/mqtt";

    public Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        if (context.Request.Path != Path || !context.WebSockets.IsWebSocketRequest) return RefuseAsync(context, StatusCodes.Status404NotFound, $"MQTT over WebSocket is at {Path}.");
        if (IsOurs(context.Request.Headers.Origin)) return next(context);
        counters.Refuse(BrokerReason.Origin, $"{context.Connection.RemoteIpAddress}", "A web page of another computer may not talk to this broker.");
        return RefuseAsync(context, StatusCodes.Status403Forbidden, "Web pages of other computers may not talk to this broker.");
    }

    /// <summary>Programs send no Origin.</summary>
    internal static bool IsOurs(IReadOnlyList<string?> origins) => origins.Count switch
    {
        0 => true,
        1 => Uri.TryCreate(origins[0], UriKind.Absolute, out var origin) && (origin.Scheme == Uri.UriSchemeHttp || origin.Scheme == Uri.UriSchemeHttps)
            && (origin.Host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || (IPAddress.TryParse(origin.Host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address))),
        _ => false,
    };

    private static Task RefuseAsync(HttpContext context, int status, string text)
    {
        context.Response.StatusCode = status;
        return context.Response.WriteAsync(text, context.RequestAborted);
    }
}
