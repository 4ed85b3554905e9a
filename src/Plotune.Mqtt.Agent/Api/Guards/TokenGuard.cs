using System.Security.Cryptography;
using System.Text;
using Plotune.Mqtt.Agent.Monitor;

namespace Plotune.Mqtt.Agent.Api;

/// <summary>
/// Asks for the token on the listener that a person opened to others; the monitor page itself is open, so that it can ask the person for it. The listener that Core is told of is bound to 127.0.0.1 on a port of its
/// own and asks for none.
/// </summary>
internal sealed class TokenGuard
{
    private readonly byte[]? _expected;

    public TokenGuard(AccessOptions options) => _expected = options.Token is { } token ? Digest(token) : null;

    /// <summary>Port of the listener for Core alone; zero where there is none.</summary>
    public int CorePort { get; set; }

    public bool MayPass(HttpContext context)
    {
        if (_expected is null || MonitorPage.IsAskedFor(context.Request) || (CorePort != 0 && context.Connection.LocalPort == CorePort)) return true;
        return TokenOf(context.Request) is { } token && CryptographicOperations.FixedTimeEquals(Digest(token), _expected);
    }

    private static string? TokenOf(HttpRequest request)
    {
        const string scheme = "Bearer ";
        var authorization = request.Headers.Authorization.ToString();
        if (authorization.StartsWith(scheme, StringComparison.OrdinalIgnoreCase)) return authorization[scheme.Length..].Trim();
        return HttpMethods.IsGet(request.Method) ? request.Query["token"].FirstOrDefault() : null; // pages and WebSockets cannot set a header
    }

    // Equal lengths whatever was sent, so that neither content nor length is told by the time the comparison takes.
    private static byte[] Digest(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));
}
