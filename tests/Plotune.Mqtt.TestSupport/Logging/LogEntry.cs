using Microsoft.Extensions.Logging;

namespace Plotune.Mqtt.TestSupport;

/// <summary>One captured log line.</summary>
public sealed record LogEntry(LogLevel Level, EventId EventId, string Message, Exception? Exception)
{
    public override string ToString() => Exception is null ? $"[{Level} {EventId.Id}] {Message}" : $"[{Level} {EventId.Id}] {Message}: {Exception}";
}
