using System.ComponentModel;
using System.Diagnostics;

namespace Plotune.Mqtt.Agent.Supervision;

/// <summary>Starts worker processes, without a shell and with all three standard streams redirected.</summary>
internal sealed class WorkerLauncher(WorkerCommand command)
{
    /// <summary>
    /// Has .NET run what waits for a socket on the thread that finds it ready, instead of waking another one: a worker has one socket to read, and woke three threads for each
    /// packet. There is no other way to ask for it.
    /// </summary>
    private const string InlineCompletions = "DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS";

    /// <exception cref="WorkerStartException">The system refused.</exception>
    public Process Start()
    {
        var start = new ProcessStartInfo(command.FileName, command.Arguments)
        {
            UseShellExecute = false,
            CreateNoWindow = true,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        WorkerEnvironment.Trim(start.Environment);
        start.Environment[InlineCompletions] = "1";
        try
        {
            return Process.Start(start) ?? throw new WorkerStartException(command.FileName, null);
        }
        catch (Exception exception) when (exception is Win32Exception or IOException)
        {
            throw new WorkerStartException(command.FileName, exception);
        }
    }
}
