using System.CommandLine;
using Plotune.Mqtt.Agent.BuiltInBroker;
using Plotune.Mqtt.Agent.Configuration;
using Plotune.Mqtt.Agent.Demo;
using Plotune.Mqtt.Agent.Probe;

namespace Plotune.Mqtt.Agent.Hosting;

/// <summary>The command line for people.</summary>
internal static class AgentCommand
{
    private const string Description = """
        Connects MQTT brokers to Plotune: discovers topics, turns payloads into signals and streams them live.

        Plotune Core starts this program by itself. Started by hand, use --standalone to run without Core.

        Examples:
          plotune_mqtt_extension demo
          plotune_mqtt_extension --standalone --connect broker.hivemq.com
          plotune_mqtt_extension --standalone --connect mqtt://user@10.0.0.7:1884/plant/# --port 9000
          plotune_mqtt_extension --standalone --connect mqtts://broker.example --connect wss://broker.example/mqtt

        Environment:
          PLOTUNE_MQTT_DATA    data folder, as --data
          PLOTUNE_MQTT_LOG     log level: trace, debug, information, warning, error, critical
          PLOTUNE_MQTT_TOKEN   token, as --token, but not readable by other users of this computer
          USE_AVAILABLE_PORT   false listens on SERVER_PORT (9000 if that is not set) instead of a free port

        Exit codes:
          0 stopped as asked   1 unexpected failure   2 bad configuration (every fault is listed)
          3 already running with this data folder     4 Plotune Core unreachable
        """;

    private static readonly Option<bool> Standalone = new("--standalone") { Description = "Run without Plotune Core." };

    private static readonly Option<string[]> Connect = new("--connect")
    {
        Description = "Add or update a broker connection: host, host:port, mqtt://user:password@host:port/topic, mqtts://, ws://host/path, wss:// or unix:///path. May be repeated.",
        HelpName = "address",
    };

    private static readonly Option<string?> Data = new("--data") { Description = "Folder for settings, signal names and logs.", HelpName = "folder" };

    private static readonly Option<int?> Port = new("--port") { Description = "TCP port to listen on; 0 lets the system choose.", HelpName = "n" };

    private static readonly Option<string?> Bind = new("--bind")
    {
        Description = "IP address to listen at instead of 127.0.0.1; needs a token if other computers can reach it.",
        HelpName = "address",
    };

    private static readonly Option<string?> Token = new("--token") { Description = "Token that callers must send. Prefer PLOTUNE_MQTT_TOKEN.", HelpName = "text" };

    // The commands see to signals themselves: an agent that is stopped may take longer than the two seconds it would be given.
    private static readonly InvocationConfiguration Invocation = new() { ProcessTerminationTimeout = null, EnableDefaultExceptionHandler = false };

    public static async Task<int> RunAsync(string[] args)
    {
        var root = new RootCommand(Description) { Standalone, Connect, Data, Port, Bind, Token, BrokerCommand.Create(), DemoCommand.Create(), new ProbeCommand() };
        root.SetAction((line, _) => RunAgentAsync(OptionsOf(line), new FaultList()));
        var result = root.Parse(args);
        if (result.Errors.Count == 0) return await result.InvokeAsync(Invocation);
        var faults = new FaultList();
        CommandLineFaults.AddTo(faults, result);
        // With a command line that cannot be read the rest is looked at all the same, so that every fault is told at once.
        if (result.CommandResult.Command == root) return await RunAgentAsync(OptionsOf(result), faults);
        if (result.CommandResult.Command is ProbeCommand probe) probe.Check(result, faults);
        return ReportFaults(faults);
    }

    private static async Task<int> RunAgentAsync(CommandLineOptions options, FaultList faults)
    {
        var manifestPath = Path.Combine(AppContext.BaseDirectory, PluginManifestReader.FileName);
        var settings = new AgentSettingsReader(Environment.GetEnvironmentVariable).Read(options, manifestPath, faults);
        return settings is null ? ReportFaults(faults) : await AgentRunner.RunAsync(settings);
    }

    private static CommandLineOptions OptionsOf(ParseResult result) => new()
    {
        Standalone = result.Value(Standalone),
        Connect = result.Value(Connect) ?? [],
        Data = result.Value(Data),
        Port = result.Value(Port),
        Bind = result.Value(Bind),
        Token = result.Value(Token),
    };

    private static int ReportFaults(FaultList faults)
    {
        foreach (var fault in faults) Console.Error.WriteLine(fault);
        return ExitCode.BadConfiguration;
    }
}
