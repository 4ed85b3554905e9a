using System.Net;

namespace Plotune.Mqtt.Agent.Api;

/// <summary>Who may call the HTTP server.</summary>
internal sealed record AccessOptions
{
    /// <summary>Where the server listens. (default: 127.0.0.1)</summary>
    public IPAddress Bind { get; init; } = IPAddress.Loopback;

    /// <summary>Asked for on the listener a person named; null asks for none, which only a loopback listener may do. (default: none)</summary>
    public string? Token { get; init; }

    /// <summary>Host and port of Plotune Core, whose pages may call us; null without Core.</summary>
    public Uri? CoreAddress { get; init; }

    /// <summary>Further origins whose pages may call us, and host names under which we may be called. (default: none)</summary>
    public IReadOnlyList<string> AllowedOrigins { get; init; } = [];
}
