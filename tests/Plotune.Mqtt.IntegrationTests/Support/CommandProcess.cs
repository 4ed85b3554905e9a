using System.Diagnostics;
using System.Text;

namespace Plotune.Mqtt.IntegrationTests.Support;

/// <summary>A sub-command of the executable under test, or a tool beside it, as a process of its own.</summary>
internal sealed class CommandProcess : IAsyncDisposable
{
    private readonly StringBuilder _output = new();
    private readonly Process _process;

    private CommandProcess(Process process) => _process = process;

    public bool HasExited => _process.HasExited;

    public int ProcessId => _process.Id;

    /// <summary>All it has printed so far, on either stream.</summary>
    public string Output
    {
        get
        {
            lock (_output)
            {
                return _output.ToString();
            }
        }
    }

    /// <param name="environment">Variables beside those of the test.</param>
    public static CommandProcess StartOwn(string[] arguments, params (string Name, string Value)[] environment) =>
        Start(Installation.Shared.Command, [.. Installation.Shared.LeadingArguments, .. arguments], environment);

    public static CommandProcess Start(string program, string[] arguments, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        var command = new CommandProcess(Process.Start(start)!);
        command._process.OutputDataReceived += (_, line) => command.Keep(line.Data);
        command._process.ErrorDataReceived += (_, line) => command.Keep(line.Data);
        command._process.BeginOutputReadLine();
        command._process.BeginErrorReadLine();
        return command;
    }

    public Task WaitForOutputAsync(string text) => Eventually.ThatAsync($"'{text}' is printed", () =>
    {
        Assert.False(_process.HasExited && !Output.Contains(text, StringComparison.Ordinal), "It ended: " + Output);
        return Output.Contains(text, StringComparison.Ordinal);
    });

    /// <param name="limit">How long it may take; a minute by default.</param>
    public async Task<int> WaitForExitAsync(TimeSpan? limit = null)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        deadline.CancelAfter(limit ?? TimeSpan.FromMinutes(1));
        try
        {
            await _process.WaitForExitAsync(deadline.Token);
        }
        catch (OperationCanceledException) when (!TestContext.Current.CancellationToken.IsCancellationRequested)
        {
            Assert.Fail("It did not end in time, having printed: " + Output);
        }

        return _process.ExitCode;
    }

    public void Signal(int signal) => Assert.Equal(0, Signals.Kill(_process.Id, signal));

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private void Keep(string? line)
    {
        lock (_output)
        {
            _output.AppendLine(line);
        }
    }
}
