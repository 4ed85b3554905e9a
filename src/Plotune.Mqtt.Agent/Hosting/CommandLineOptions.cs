namespace Plotune.Mqtt.Agent.Hosting;

/// <summary>The command line as it was typed; null or empty where nothing was.</summary>
internal sealed record CommandLineOptions
{
    public bool Standalone { get; init; }

    public IReadOnlyList<string> Connect { get; init; } = [];

    public string? Data { get; init; }

    public int? Port { get; init; }

    public string? Bind { get; init; }

    public string? Token { get; init; }
}
