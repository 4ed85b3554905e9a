using System.Net;

namespace Plotune.Mqtt.Agent.BuiltInBroker;

/// <summary>
/// Lets only WebSocket requests through, for <see cref="Path"/> or the root, which many clients ask for. A browser sends everywhere what a page asks for, and says in
/// <c>Origin</c> whose page it is: where no password is asked for, only pages of this computer are let through.
/// </summary>
internal sealed class WebSocketGuard(BrokerOptions options, BrokerCounters counters) : IMiddleware
{
    public const string Path = "/mqtt";

    public Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        if (!IsOurPath(context.Request.Path) || !context.WebSockets.IsWebSocketRequest) return RefuseAsync(context, StatusCodes.Status404NotFound, $"MQTT over WebSocket is at {Path}.");
        if (context.Features.Get<WebSocketUpgrade>() is { } upgrade) upgrade.WasAsked = true;
        if (options.Password is not null || IsOurs(context.Request.Headers.Origin))
        {
            context.Request.Path = Path;
            return next(context);
        }

        counters.Refuse(BrokerReason.Origin, $"{context.Connection.RemoteIpAddress}", "A web page of another computer may not talk to a broker without a password.");
        return RefuseAsync(context, StatusCodes.Status403Forbidden, "Web pages of other computers may not talk to a broker without a password.");
    }

    internal static bool IsOurPath(PathString path) => path.Value?.TrimEnd('/') is "" or Path;

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
