using System.Collections.Immutable;

namespace Plotune.Mqtt.Agent.Supervision;

/// <summary>Drains a worker's standard error into the agent's log, bounded in lines per interval, and keeps the last lines for the report of its end.</summary>
internal sealed partial class WorkerLogRelay(string connection, ILogger logger, TimeProvider timeProvider)
{
    private const int MaximumLineLength = 2048;
    private const int LastLines = 20;
    private const int LinesPerInterval = 100;

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    private static readonly (string Mark, LogLevel Level)[] Marks =
    [
        ("VRB", LogLevel.Trace), ("DBG", LogLevel.Debug), ("INF", LogLevel.Information), ("WRN", LogLevel.Warning), ("ERR", LogLevel.Error), ("FTL", LogLevel.Critical),
    ];

    private readonly LineSplitter _lines = new(MaximumLineLength);
    private ImmutableQueue<string> _last = [];
    private int _lastCount;
    private long _intervalStart = timeProvider.GetTimestamp();
    private int _inInterval;
    private long _leftOut;

    /// <summary>The newest lines, oldest first. Any thread.</summary>
    public IReadOnlyList<string> Last => [.. Volatile.Read(ref _last)];

    /// <summary>Lines left out of the log since the worker started. Any thread.</summary>
    public long LeftOut => Volatile.Read(ref _leftOut);

    /// <summary>Runs until the stream ends.</summary>
    public async Task RunAsync(Stream standardError)
    {
        var buffer = new byte[4096];
        try
        {
            int read;
            while ((read = await standardError.ReadAsync(buffer).ConfigureAwait(false)) > 0)
                _lines.Append(buffer.AsSpan(0, read), OnLine);
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException or OperationCanceledException)
        {
            // The worker is gone; how it ended is told elsewhere.
        }

        _lines.Complete(OnLine);
        EndInterval();
    }

    /// <summary>A worker's log line: three letters of level, a space and the message. Any other line is a message of the runtime, such as a crash: a warning.</summary>
    internal static (LogLevel Level, string Message) Parse(string line)
    {
        foreach (var (mark, level) in Marks)
        {
            if (line.Length > mark.Length && line.StartsWith(mark, StringComparison.Ordinal) && line[mark.Length] == ' ')
                return (level, line[(mark.Length + 1)..]);
        }

        return (LogLevel.Warning, line);
    }

    private void OnLine(string line)
    {
        _last = _last.Enqueue(line);
        if (++_lastCount > LastLines)
        {
            Volatile.Write(ref _last, _last.Dequeue());
            _lastCount--;
        }

        if (timeProvider.GetElapsedTime(_intervalStart) >= Interval)
            EndInterval();

        if (_inInterval++ >= LinesPerInterval)
        {
            Volatile.Write(ref _leftOut, _leftOut + 1);
            return;
        }

        var (level, message) = Parse(line);
        Log.Line(logger, level, connection, message);
    }

    private void EndInterval()
    {
        if (_inInterval > LinesPerInterval)
            Log.LeftOut(logger, connection, _inInterval - LinesPerInterval);
        _intervalStart = timeProvider.GetTimestamp();
        _inInterval = 0;
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 3100, Message = "Worker {Connection}: {Line}")]
        public static partial void Line(ILogger logger, LogLevel level, string connection, string line);

        [LoggerMessage(3101, LogLevel.Warning, "Worker {Connection} wrote {Count} lines more than the log takes; they are left out")]
        public static partial void LeftOut(ILogger logger, string connection, int count);
    }
}
