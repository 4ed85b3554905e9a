using System.Net;

namespace Plotune.Mqtt.Agent.Api;

/// <summary>
/// Refuses requests under a foreign <c>Host</c> (DNS rebinding) or from a page of a foreign <c>Origin</c> (cross-site requests), WebSockets
/// included. Programs send no Origin and pass.
/// </summary>
internal sealed class HostAndOriginGuard
{
    private readonly HashSet<string> _allowedOrigins = new(StringComparer.OrdinalIgnoreCase);
    private readonly HashSet<string> _allowedHosts = new(StringComparer.OrdinalIgnoreCase);

    public HostAndOriginGuard(AccessOptions options)
    {
        foreach (var origin in options.AllowedOrigins)
        {
            _allowedOrigins.Add(origin.TrimEnd('/'));
            if (Uri.TryCreate(origin, UriKind.Absolute, out var address) && address.Host.Length > 0) _allowedHosts.Add($"{address.Host}:{address.Port}");
        }

        if (options.CoreAddress is { } core) AddCore(core);
    }

    /// <summary>Why the request is refused, as a sentence; null if it may pass.</summary>
    public string? Refusal(HttpContext context)
    {
        var host = context.Request.Host;
        if (!IsOurs(host.Host, host.Port ?? 80, context.Connection) && !_allowedHosts.Contains($"{host.Host}:{host.Port ?? 80}"))
        {
            return $"The Host '{Shortened(host.Value)}' is not this agent's. Further names are allowed by configuration.allowed_origins in plugin.json";
        }

        var origins = context.Request.Headers.Origin;
        if (origins.Count == 0) return IsBlindCrossSiteRequest(context.Request) ? "Requests from pages of another site are refused" : null;
        return origins.Count == 1 && IsAllowedOrigin(origins[0], context.Connection)
            ? null
            : $"Pages of the origin '{Shortened(origins.ToString())}' may not call this agent. Origins are allowed by configuration.allowed_origins in plugin.json";
    }

    /// <summary>True for the origin of a page that is not ours but may read our answers.</summary>
    public bool IsForeignButAllowed(string origin) => _allowedOrigins.Contains(origin);

    /// <summary>
    /// An image, a link or a form of a foreign page sends no Origin with a GET, and <c>GET /stop</c> acts. Browsers mark such a request; it may
    /// only open our page.
    /// </summary>
    private static bool IsBlindCrossSiteRequest(HttpRequest request) => request.Headers["Sec-Fetch-Site"] == "cross-site" && request.Path != "/";

    private void AddCore(Uri core)
    {
        string[] names = IsLoopbackName(core.Host) ? ["127.0.0.1", "localhost", "[::1]"] : [core.Host];
        foreach (var name in names)
        {
            _allowedOrigins.Add($"http://{name}:{core.Port}");
            _allowedOrigins.Add($"https://{name}:{core.Port}");
            if (core.Port == 80) _allowedOrigins.Add($"http://{name}");
            if (core.Port == 443) _allowedOrigins.Add($"https://{name}");
        }
    }

    private bool IsAllowedOrigin(string? origin, ConnectionInfo connection)
    {
        if (origin is null) return false;
        if (_allowedOrigins.Contains(origin)) return true;
        return Uri.TryCreate(origin, UriKind.Absolute, out var address) && address.Scheme == Uri.UriSchemeHttp && address.PathAndQuery == "/"
            && IsOurs(address.Host, address.Port, connection);
    }

    /// <summary>Our port, and either a name of the loopback interface or the very address the connection came in at.</summary>
    private static bool IsOurs(string host, int port, ConnectionInfo connection)
    {
        if (port != connection.LocalPort) return false;
        if (IsLoopbackName(host)) return true;
        return IPAddress.TryParse(host.Trim('[', ']'), out var address) && connection.LocalIpAddress is { } local
            && address.Equals(local.IsIPv4MappedToIPv6 ? local.MapToIPv4() : local);
    }

    private static bool IsLoopbackName(string host) =>
        host is "127.0.0.1" or "[::1]" || host.Equals("localhost", StringComparison.OrdinalIgnoreCase);

    private static string Shortened(string? text) => text is { Length: > 100 } ? text[..100] + "…" : text ?? "";
}
