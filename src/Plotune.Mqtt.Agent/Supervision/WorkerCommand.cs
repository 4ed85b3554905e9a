namespace Plotune.Mqtt.Agent.Supervision;

/// <summary>How a worker process is started.</summary>
/// <param name="FileName">The executable.</param>
/// <param name="Arguments">Its arguments. Settings and secrets are never among them.</param>
internal sealed record WorkerCommand(string FileName, IReadOnlyList<string> Arguments)
{
    private const string SubCommand = "worker";

    /// <summary>This program itself, as a worker. Run as <c>dotnet program.dll</c>, the library comes before the sub-command.</summary>
    public static WorkerCommand Own()
    {
        var executable = Environment.ProcessPath ?? throw new InvalidOperationException("The path of this executable is not known.");
        var isHost = Path.GetFileNameWithoutExtension(executable).Equals("dotnet", StringComparison.OrdinalIgnoreCase);
        return new WorkerCommand(executable, isHost ? [Environment.GetCommandLineArgs()[0], SubCommand] : [SubCommand]);
    }
}
