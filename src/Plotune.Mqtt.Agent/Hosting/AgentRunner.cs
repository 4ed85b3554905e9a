using Plotune.Mqtt.Agent.Storage;
using Plotune.Mqtt.Agent.Supervision;
using Serilog.Core;

namespace Plotune.Mqtt.Agent.Hosting;

/// <summary>One run of the agent, from settings to exit code. What a person can mend is said in one line; the rest goes to the log.</summary>
internal static class AgentRunner
{
    public static async Task<int> RunAsync(AgentSettings settings)
    {
        try
        {
            using var folder = DataFolder.Acquire(settings.DataFolder is { } named ? Path.GetFullPath(named) : DataFolder.Locate());
            return await RunAsync(settings, folder);
        }
        catch (DataFolderInUseException exception)
        {
            return Say(exception, ExitCode.AlreadyRunning);
        }
        catch (Exception exception) when (exception is DataFolderException or StateSchemaException or PortInUseException or ConnectionLimitException)
        {
            return Say(exception, ExitCode.BadConfiguration);
        }
        catch (StorageException exception)
        {
            return Say(exception, ExitCode.UnexpectedFailure);
        }
    }

    private static async Task<int> RunAsync(AgentSettings settings, DataFolder folder)
    {
        if (!Directory.Exists(folder.LogsPath)) PrivateFiles.CreateFolder(folder.LogsPath);
        // The host itself hears of Ctrl+C and SIGTERM, but not of a terminal that is closed.
        using var stop = StopSignals.Listen(CancellationToken.None);
        var logger = LoggingSetup.CreateForAgent(settings.LogLevel, folder.LogsPath);
        try
        {
            await using var application = AgentApplication.Build(settings, logger, services => StateServices.Add(services, folder, settings.Manifest.Limits));
            return await application.RunAsync(SayWhereItListens, stop.Token);
        }
        catch (OperationCanceledException) when (stop.Token.IsCancellationRequested)
        {
            return ExitCode.Stopped;
        }
        catch (Exception exception) when (exception is not (StateSchemaException or PortInUseException or StorageException or ConnectionLimitException))
        {
            logger.Fatal(exception, "Unexpected failure");
            return ExitCode.UnexpectedFailure;
        }
        finally
        {
            await CloseAsync(logger);
        }
    }

    /// <summary>Writes what the log file still lacks; on a full disk that fails.</summary>
    private static async Task CloseAsync(Logger logger)
    {
        try
        {
            await logger.DisposeAsync();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            await Console.Error.WriteLineAsync($"The end of the log could not be written: {exception.Message}");
        }
    }

    private static void SayWhereItListens(AgentApplication application) =>
        StandardOutput.Say($"Plotune MQTT extension listens on {application.Address}");

    private static int Say(Exception exception, int code)
    {
        Console.Error.WriteLine(exception.Message);
        return code;
    }
}
