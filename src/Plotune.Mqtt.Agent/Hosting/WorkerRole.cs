using System.Runtime.InteropServices;
using Plotune.Mqtt.Worker;
using Serilog.Extensions.Logging;

namespace Plotune.Mqtt.Agent.Hosting;

/// <summary>The worker role: started by the agent only, it knows nothing of the agent's parts.</summary>
internal static class WorkerRole
{
    public static async Task<int> RunAsync()
    {
        var frames = StandardStreams.OpenOutput(); // the only writer of standard output
        Console.SetOut(Console.Error); // a stray line must not break the framing

        // Ctrl+C reaches the whole process group; the agent alone decides when its workers say goodbye.
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, context => context.Cancel = true);
        await using var logger = LoggingSetup.CreateForWorker();
        using var loggerFactory = new SerilogLoggerFactory(logger);
        return await WorkerHost.RunAsync(StandardStreams.OpenInput(), frames, loggerFactory, CancellationToken.None);
    }
}
