using System.ComponentModel;
using System.Diagnostics;

namespace Plotune.Mqtt.Agent.Supervision;

/// <summary>Starts worker processes, without a shell and with all three standard streams redirected.</summary>
internal sealed class WorkerLauncher(WorkerCommand command)
{
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
