using System.CommandLine;
using Plotune.Mqtt.Agent.Configuration;
using Plotune.Mqtt.Agent.Hosting;
using Plotune.Mqtt.Agent.Storage;
using Serilog.Events;

namespace Plotune.Mqtt.Agent.Demo;

/// <summary>The sub-command <c>demo</c>.</summary>
internal static class DemoCommand
{
    private static readonly Option<int> Seed = new("--seed") { Description = "Another seed makes another plant.", HelpName = "n", DefaultValueFactory = _ => 1 };

    public static Command Create()
    {
        var command = new Command("demo", "Shows what this program does: a broker, a simulated plant and the agent without Core, until Ctrl+C. Leaves no file behind.") { Seed };
        command.SetAction((result, cancellationToken) => RunAsync(result.GetValue(Seed), cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(int seed, CancellationToken cancellationToken)
    {
        var faults = new FaultList();
        var manifest = PluginManifestReader.ReadFile(Path.Combine(AppContext.BaseDirectory, PluginManifestReader.FileName), faults);
        var level = AgentSettingsReader.ReadLogLevel(Environment.GetEnvironmentVariable, faults);
        if (manifest is null || faults.Count > 0)
        {
            foreach (var fault in faults) Console.Error.WriteLine(fault);
            return ExitCode.BadConfiguration;
        }

        using var stop = StopSignals.Listen(cancellationToken);
        try
        {
            return await RunAsync(manifest, level ?? LogEventLevel.Warning, seed, stop.Token);
        }
        catch (Exception exception) when (exception is PortInUseException or StorageException or DataFolderException or IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine(exception.Message);
            return ExitCode.UnexpectedFailure;
        }
    }

    private static async Task<int> RunAsync(PluginManifest manifest, LogEventLevel level, int seed, CancellationToken cancellationToken)
    {
        using var folder = DemoFolder.Create(Path.GetTempPath());
        using var data = DataFolder.Acquire(folder.FullPath);
        PrivateFiles.CreateFolder(data.LogsPath);
        await using var logger = LoggingSetup.CreateForAgent(level, data.LogsPath);
        return await new DemoRun(manifest, data, seed, logger).RunAsync(SayWhereToLook, cancellationToken);
    }

    private static void SayWhereToLook(Uri agent, int brokerPort) => StandardOutput.Say(
        $"Look at  {agent}  (the monitor), {agent}api/signals  (all signals and their values) and  {agent}api/status",
        $"History  curl {agent}api/signals/demo_hall_temperature/history",
        $"Point a program on this computer at mqtt://127.0.0.1:{brokerPort}, or  mosquitto_pub -p {brokerPort} -t my/signal -m 42 ;  Ctrl+C ends the demo");
}
