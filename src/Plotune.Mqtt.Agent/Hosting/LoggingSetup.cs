using System.Globalization;
using Serilog;
using Serilog.Core;
using Serilog.Events;

namespace Plotune.Mqtt.Agent.Hosting;

/// <summary>Serilog for both roles. Standard output stays free: it is the agent's one line for people, and the worker's frames.</summary>
internal static class LoggingSetup
{
    private const long MaximumFileBytes = 10 << 20;
    private const int MaximumFiles = 8;

    /// <summary>Console on standard error, and a rolling file in <paramref name="logFolder"/>: at most eight files of 10 MiB.</summary>
    public static Logger CreateForAgent(LogEventLevel level, string logFolder) => Quiet(level)
        .WriteTo.Console(
            outputTemplate: "{Timestamp:HH:mm:ss} {Level:u3} {Message:lj}{NewLine}{Exception}",
            formatProvider: CultureInfo.InvariantCulture,
            standardErrorFromLevel: LogEventLevel.Verbose)
        .WriteTo.File(
            Path.Combine(logFolder, "agent-.log"),
            outputTemplate: "{Timestamp:yyyy-MM-dd HH:mm:ss.fff zzz} {Level:u3} {SourceContext} {Message:lj}{NewLine}{Exception}",
            formatProvider: CultureInfo.InvariantCulture,
            fileSizeLimitBytes: MaximumFileBytes,
            rollOnFileSizeLimit: true,
            rollingInterval: RollingInterval.Day,
            retainedFileCountLimit: MaximumFiles)
        .CreateLogger();

    /// <summary>Standard error alone, for people.</summary>
    public static Logger CreateForConsole(LogEventLevel level) => Quiet(level)
        .WriteTo.Console(
            outputTemplate: "{Timestamp:HH:mm:ss} {Level:u3} {Message:lj}{NewLine}{Exception}",
            formatProvider: CultureInfo.InvariantCulture,
            standardErrorFromLevel: LogEventLevel.Verbose)
        .CreateLogger();

    /// <summary>Standard error alone, one line per event after a level of three letters, which the agent reads back.</summary>
    public static Logger CreateForWorker() => Quiet(WorkerLevel())
        .WriteTo.Console(
            outputTemplate: "{Level:u3} {Message:lj}{NewLine}{Exception}",
            formatProvider: CultureInfo.InvariantCulture,
            standardErrorFromLevel: LogEventLevel.Verbose)
        .CreateLogger();

    /// <summary>The framework below Warning is left out at every level: it would log the query of each request, and with it a token.</summary>
    internal static LoggerConfiguration Quiet(LogEventLevel level) => new LoggerConfiguration()
        .MinimumLevel.Is(level)
        .MinimumLevel.Override("Microsoft", LogEventLevel.Warning)
        .MinimumLevel.Override("System", LogEventLevel.Warning)
        .MinimumLevel.Override("Microsoft.Extensions.Hosting.Internal.Host", LogEventLevel.Fatal) // a port in use is said in words
        .Enrich.FromLogContext();

    // The agent has refused a level it does not know before any worker starts.
    private static LogEventLevel WorkerLevel() =>
        Environment.GetEnvironmentVariable(AgentSettingsReader.LogVariable) is { } text && Configuration.LogLevelText.Parse(text) is { } level
            ? level
            : LogEventLevel.Information;
}
