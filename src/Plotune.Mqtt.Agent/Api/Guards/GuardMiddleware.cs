namespace Plotune.Mqtt.Agent.Api;

/// <summary>The first thing a request meets: <see cref="HostAndOriginGuard"/>, then <see cref="TokenGuard"/>; and what an allowed foreign page needs to read an answer.</summary>
internal sealed class GuardMiddleware(HostAndOriginGuard hosts, TokenGuard tokens) : IMiddleware
{
    public Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        context.Response.Headers.XContentTypeOptions = "nosniff";
        if (hosts.Refusal(context) is { } refusal) return ApiAnswer.WriteDetailAsync(context, StatusCodes.Status403Forbidden, refusal);
        if (AllowForeignPage(context) && HttpMethods.IsOptions(context.Request.Method)) return AnswerPreflight(context);
        if (tokens.MayPass(context)) return next(context);
        context.Response.Headers.WWWAuthenticate = "Bearer";
        return ApiAnswer.WriteDetailAsync(context, StatusCodes.Status401Unauthorized, "This agent asks for its token: Authorization: Bearer, or ?token=");
    }

    private bool AllowForeignPage(HttpContext context)
    {
        if (context.Request.Headers.Origin is not [{ } origin] || !hosts.IsForeignButAllowed(origin)) return false;
        context.Response.Headers.AccessControlAllowOrigin = origin;
        context.Response.Headers.Vary = "Origin";
        return true;
    }

    private static Task AnswerPreflight(HttpContext context)
    {
        context.Response.Headers.AccessControlAllowMethods = "GET, POST, PUT, DELETE";
        context.Response.Headers.AccessControlAllowHeaders = "Authorization, Content-Type";
        context.Response.StatusCode = StatusCodes.Status204NoContent;
        return Task.CompletedTask;
    }
}
