using System.Diagnostics;

namespace Plotune.Mqtt.Benchmarks.WholePath;

/// <summary>A process of the measurement: read line by line, and gone with all its children when disposed.</summary>
internal sealed class ChildProcess(Process process) : IAsyncDisposable
{
    /// <summary>This program in another role.</summary>
    public static ProcessStartInfo Self(params string[] arguments)
    {
        var executable = Environment.ProcessPath!;
        var isHost = Path.GetFileNameWithoutExtension(executable) == "dotnet";
        var start = new ProcessStartInfo(executable, isHost ? [typeof(ChildProcess).Assembly.Location, .. arguments] : arguments);
        // Most are killed, and would leave their sockets for debuggers behind.
        start.Environment["DOTNET_EnableDiagnostics"] = "0";
        return start;
    }

    /// <param name="start">Its standard output gets redirected.</param>
    public static ChildProcess Start(ProcessStartInfo start)
    {
        start.RedirectStandardOutput = true;
        return new ChildProcess(Process.Start(start)!);
    }

    public int Id => process.Id;

    /// <summary>Processor time the process has used, its children's not counted.</summary>
    public TimeSpan ProcessorTime
    {
        get
        {
            process.Refresh();
            return process.TotalProcessorTime;
        }
    }

    /// <summary>What stands behind <paramref name="words"/> in the next line that begins with them.</summary>
    public async Task<string> ReadAsync(string words, CancellationToken cancellationToken)
    {
        while (await process.StandardOutput.ReadLineAsync(cancellationToken) is { } line)
        {
            if (line.StartsWith(words + " ", StringComparison.Ordinal))
            {
                return line[(words.Length + 1)..];
            }
        }

        throw new InvalidOperationException($"'{process.StartInfo.FileName}' ended before it said '{words}'.");
    }

    /// <summary>Gives the process time to end by itself.</summary>
    public async Task WaitForExitAsync(TimeSpan limit)
    {
        using var deadline = new CancellationTokenSource(limit);
        await process.WaitForExitAsync(deadline.Token);
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"'{process.StartInfo.FileName}' ended with exit code {process.ExitCode}.");
        }
    }

    public async ValueTask DisposeAsync()
    {
        process.Kill(entireProcessTree: true);
        await process.WaitForExitAsync();
        process.Dispose();
    }
}
