using Serilog.Events;

namespace Plotune.Mqtt.Agent.Configuration;

/// <summary>Names of log levels, as Serilog and as .NET spell them.</summary>
internal static class LogLevelText
{
    public const string Names = "trace, debug, information, warning, error, critical";

    public static LogEventLevel? Parse(string text) => text.Trim().ToUpperInvariant() switch
    {
        "TRACE" or "VERBOSE" => LogEventLevel.Verbose,
        "DEBUG" => LogEventLevel.Debug,
        "INFORMATION" or "INFO" => LogEventLevel.Information,
        "WARNING" or "WARN" => LogEventLevel.Warning,
        "ERROR" => LogEventLevel.Error,
        "CRITICAL" or "FATAL" => LogEventLevel.Fatal,
        _ => null,
    };

    public static LogEventLevel? Read(JsonFields? fields, string member)
    {
        if (fields?.Text(member) is not { } text) return null;
        var level = Parse(text);
        if (level is null) fields.Value.Faults.Add(fields.Value.NameOf(member), $"must be one of {Names}");
        return level;
    }
}
