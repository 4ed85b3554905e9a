using Plotune.Mqtt.Agent.Api;

namespace Plotune.Mqtt.Agent.Monitor;

/// <summary><c>GET /</c> and <c>GET /monitor/{path}</c>: the page and its files, which hold no secret and need no token.</summary>
internal static class MonitorPage
{
    private const string Prefix = "/monitor";

    /// <summary>The page may load its own files and call its own agent, and nothing else; no script but its files, and no frame around it.</summary>
    private const string ContentSecurityPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private static readonly string[] Methods = [HttpMethods.Get, HttpMethods.Head];

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapMethods("/", Methods, context => SendAsync(context, "index.html"));
        routes.MapMethods(Prefix + "/{**path}", Methods, context => SendAsync(context, context.Request.RouteValues["path"] as string ?? ""));
    }

    /// <summary>Whether the request only asks for a file of the page.</summary>
    public static bool IsAskedFor(HttpRequest request) =>
        (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method))
        && (request.Path == "/" || request.Path.StartsWithSegments(Prefix, StringComparison.Ordinal));

    private static Task SendAsync(HttpContext context, string path)
    {
        var headers = context.Response.Headers;
        headers.ContentSecurityPolicy = ContentSecurityPolicy;
        headers["Referrer-Policy"] = "no-referrer"; // the page's address may hold the token
        if (PageFiles.Find(path) is not { } file) return ApiAnswer.WriteDetailAsync(context, StatusCodes.Status404NotFound, "The page has no such file");
        headers.CacheControl = "no-cache";
        headers.ETag = file.ETag;
        if (IsKnown(context.Request, file))
        {
            context.Response.StatusCode = StatusCodes.Status304NotModified;
            return Task.CompletedTask;
        }

        context.Response.ContentType = file.ContentType;
        context.Response.ContentLength = file.Content.Length;
        return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : context.Response.Body.WriteAsync(file.Content, context.RequestAborted).AsTask();
    }

    /// <summary>If-None-Match (RFC 9110, 13.1.2): the weak comparison, over a list.</summary>
    private static bool IsKnown(HttpRequest request, PageFile file) =>
        request.GetTypedHeaders().IfNoneMatch.Any(known => known.Tag == "*" || known.Tag == file.ETag);
}
