using System.Net;
using Plotune.Mqtt.Agent.Configuration;
using Serilog.Events;

namespace Plotune.Mqtt.Agent.Hosting;

/// <summary>What one run of the agent works with: command line, environment and plugin.json together, validated.</summary>
internal sealed record AgentSettings
{
    public required PluginManifest Manifest { get; init; }

    /// <summary>Run without Plotune Core. (default: off)</summary>
    public bool Standalone { get; init; }

    /// <summary>Data folder; null means the default one.</summary>
    public string? DataFolder { get; init; }

    /// <summary>TCP port; zero lets the system choose. (default: 0)</summary>
    public int Port { get; init; }

    /// <summary>Address to listen at. (default: 127.0.0.1)</summary>
    public IPAddress Bind { get; init; } = IPAddress.Loopback;

    /// <summary>Token asked for; never null where <see cref="Bind"/> is not the loopback interface.</summary>
    public string? Token { get; init; }

    /// <summary>Least level logged. (default: Information)</summary>
    public LogEventLevel LogLevel { get; init; } = LogEventLevel.Information;

    /// <summary>Connections to add or update at start.</summary>
    public IReadOnlyList<TypedAddress> Connect { get; init; } = [];
}
