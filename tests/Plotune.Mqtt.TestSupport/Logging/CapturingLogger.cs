using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Plotune.Mqtt.TestSupport;

/// <summary>Keeps what was logged, and can fail a test that logged an error it did not expect.</summary>
public sealed class CapturingLogger : ILogger
{
    private readonly ConcurrentQueue<LogEntry> _entries = new();

    public IReadOnlyList<LogEntry> Entries => [.. _entries];

    /// <summary>Fails if anything was logged at Error or above.</summary>
    public void ThrowOnErrors()
    {
        var errors = Entries.Where(entry => entry.Level >= LogLevel.Error).ToList();
        if (errors.Count > 0)
            throw new UnmetExpectationException($"Nothing should have been logged at Error, but was:\n{string.Join('\n', errors)}");
    }

    /// <summary>Fails if <paramref name="secret"/> is in any line or exception.</summary>
    public void ThrowIfLogged(string secret)
    {
        var leaks = Entries.Count(entry => entry.ToString().Contains(secret, StringComparison.Ordinal));
        if (leaks > 0)
            throw new UnmetExpectationException($"A secret was logged in {leaks} of {Entries.Count} lines.");
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        ArgumentNullException.ThrowIfNull(formatter);
        _entries.Enqueue(new LogEntry(logLevel, eventId, formatter(state, exception), exception));
    }
}
