using System.Globalization;
using System.Runtime.InteropServices;
using BenchmarkDotNet.Running;
using Plotune.Mqtt.Benchmarks.WholePath;

namespace Plotune.Mqtt.Benchmarks;

/// <summary><c>whole-path EXECUTABLE [ROUNDS]</c> measures the whole path; anything else goes to BenchmarkDotNet.</summary>
internal static class Program
{
    private static async Task Main(string[] args)
    {
        int Number(int index) => int.Parse(args[index], CultureInfo.InvariantCulture);
        switch (args.FirstOrDefault())
        {
            case "whole-path":
                await MeasureWholePathAsync(args[1], args.Length > 2 ? Number(2) : 5);
                break;
            case "load":
                LoadSource.Run(LoadSettings.Parse(args[1], args[2], args[3]));
                break;
            case "bare":
                BareReceiver.Run(Number(1), Number(2));
                break;
            case "count":
                BareCounter.Run();
                break;
            case "plain":
                await PlainMqttNet.RunAsync(Number(1), Number(2));
                break;
            default:
                BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args, QuickConfig.Create());
                break;
        }
    }

    private static async Task MeasureWholePathAsync(string executable, int rounds)
    {
        // However the run ends, it takes its processes and folders with it.
        using var stop = new CancellationTokenSource();
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Cancel);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Cancel);
        await new WholePathBenchmark(executable, rounds).RunAsync(stop.Token);

        void Cancel(PosixSignalContext context)
        {
            context.Cancel = true;
            stop.Cancel();
        }
    }
}
