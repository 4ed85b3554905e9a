using System.Globalization;
using System.Net;
using Plotune.Mqtt.Agent.Configuration;
using Serilog.Events;

namespace Plotune.Mqtt.Agent.Hosting;

/// <summary>Puts command line, environment and plugin.json together; every fault of all three is found in one go.</summary>
/// <param name="environment">Reads an environment variable.</param>
internal sealed class AgentSettingsReader(Func<string, string?> environment)
{
    public const string TokenVariable = "PLOTUNE_MQTT_TOKEN";

    public const string LogVariable = "PLOTUNE_MQTT_LOG";

    private const int DefaultServerPort = 9000;

    /// <returns>Null if there is any fault.</returns>
    public AgentSettings? Read(CommandLineOptions options, string manifestPath, FaultList faults)
    {
        var manifest = PluginManifestReader.ReadFile(manifestPath, faults);
        var bind = ReadBind(options.Bind, faults);
        var token = ReadToken(options.Token, faults);
        if (!IPAddress.IsLoopback(bind) && token is null)
        {
            faults.Add("--bind", $"{bind} can be reached from other computers: give a token by {TokenVariable} or --token");
        }

        var logLevel = ReadLogLevel(environment, faults);
        var port = ReadPort(options.Port, faults);
        var connect = ReadConnections(options.Connect, faults);
        if (manifest is null || faults.Count > 0) return null;
        return new AgentSettings
        {
            Manifest = manifest,
            Standalone = options.Standalone,
            DataFolder = options.Data,
            Port = port,
            Bind = bind,
            Token = token,
            LogLevel = logLevel ?? manifest.LogLevel ?? LogEventLevel.Information,
            Connect = connect,
        };
    }

    private static IPAddress ReadBind(string? text, FaultList faults)
    {
        if (text is null) return IPAddress.Loopback;
        if (text.Equals("localhost", StringComparison.OrdinalIgnoreCase)) return IPAddress.Loopback;
        if (text is "*") return IPAddress.IPv6Any;
        if (IPAddress.TryParse(text.Trim('[', ']'), out var address)) return address;
        faults.Add("--bind", $"'{text}' is no IP address of this computer (0.0.0.0 or * listens at all of them)");
        return IPAddress.Loopback;
    }

    private string? ReadToken(string? option, FaultList faults)
    {
        var (name, token) = option is null ? (TokenVariable, environment(TokenVariable)) : ("--token", option);
        if (token is null || (option is null && token.Length == 0)) return null;
        if (token.Length > 0 && !token.AsSpan().ContainsAnyExceptInRange('!', '~')) return token;
        faults.Add(name, "a token is one or more printable ASCII characters without blanks");
        return null;
    }

    private int ReadPort(int? option, FaultList faults)
    {
        if (option is { } port)
        {
            if (port is < 0 or > 65_535) faults.Add("--port", "must be from 0 to 65535 (0 lets the system choose)");
            return port;
        }

        if (ReadFlag("USE_AVAILABLE_PORT", true, faults)) return 0;
        var text = environment("SERVER_PORT");
        if (string.IsNullOrWhiteSpace(text)) return DefaultServerPort;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out port) && port is >= 1 and <= 65_535) return port;
        faults.Add("SERVER_PORT", $"'{text}' is no port from 1 to 65535");
        return 0;
    }

    private bool ReadFlag(string name, bool absent, FaultList faults)
    {
        switch (environment(name)?.Trim().ToUpperInvariant())
        {
            case null or "":
                return absent;
            case "TRUE" or "1" or "YES" or "ON":
                return true;
            case "FALSE" or "0" or "NO" or "OFF":
                return false;
            default:
                faults.Add(name, "must be true or false");
                return absent;
        }
    }

    /// <summary>What <see cref="LogVariable"/> says; null if it says nothing.</summary>
    internal static LogEventLevel? ReadLogLevel(Func<string, string?> environment, FaultList faults)
    {
        if (environment(LogVariable) is not { Length: > 0 } text) return null;
        var level = LogLevelText.Parse(text);
        if (level is null) faults.Add(LogVariable, $"'{text}' must be one of {LogLevelText.Names}");
        return level;
    }

    private static List<TypedAddress> ReadConnections(IReadOnlyList<string> addresses, FaultList faults)
    {
        var connections = new List<TypedAddress>();
        foreach (var text in addresses)
        {
            if (TypedAddress.Parse(text, out var error) is { } address) connections.Add(address);
            else faults.Add("--connect", error);
        }

        return connections;
    }
}
