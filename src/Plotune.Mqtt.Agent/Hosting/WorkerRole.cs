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

        // Ctrl+C, a closed terminal and a service manager reach the whole process group; the agent alone decides when its workers say goodbye, and they end with their input.
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Ignore);
        using var termination = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Ignore);
        using var hangup = PosixSignalRegistration.Create(PosixSignal.SIGHUP, Ignore);
        await using var logger = LoggingSetup.CreateForWorker();
        using var loggerFactory = new SerilogLoggerFactory(logger);
        return await WorkerHost.RunAsync(StandardStreams.OpenInput(), frames, loggerFactory, CancellationToken.None);
    }

    private static void Ignore(PosixSignalContext context) => context.Cancel = true;
}
