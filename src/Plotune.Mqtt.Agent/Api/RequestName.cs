using Microsoft.AspNetCore.Http.Features;

namespace Plotune.Mqtt.Agent.Api;

/// <summary>Takes a name out of the request's path. Names hold slashes, written as they are or as <c>%2F</c>, which routing would leave undecoded.</summary>
internal static class RequestName
{
    /// <summary>What stands between <paramref name="prefix"/> and <paramref name="suffix"/>, percent-decoded once.</summary>
    /// <param name="routed">Name of the route value to take where the request's target is not a plain path.</param>
    public static string Of(HttpContext context, string prefix, string suffix = "", string routed = "name")
    {
        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        var query = target.IndexOf('?', StringComparison.Ordinal);
        var path = query < 0 ? target : target[..query];
        if (path.Length < prefix.Length + suffix.Length
            || !path.StartsWith(prefix, StringComparison.OrdinalIgnoreCase)
            || !path.EndsWith(suffix, StringComparison.OrdinalIgnoreCase))
        {
            return context.Request.RouteValues[routed] as string ?? "";
        }

        return Uri.UnescapeDataString(path[prefix.Length..^suffix.Length]);
    }
}
