using System.ComponentModel;
using System.Globalization;
using System.Runtime.InteropServices;
using BenchmarkDotNet.Running;
using Plotune.Mqtt.Benchmarks.Outbound;
using Plotune.Mqtt.Benchmarks.Speed;
using Plotune.Mqtt.Benchmarks.WholePath;

namespace Plotune.Mqtt.Benchmarks;

/// <summary>
/// <c>speed EXECUTABLE ROUNDS|smoke [PART...]</c> prints the table of what is required and reached, <c>publish-path [ROUNDS]</c> measures the way from a publish to its acknowledgement,
/// <c>outbound [FOLDER]</c> the outbound queue, <c>events EXECUTABLE [SECONDS]</c> the way of an event from Redis to the broker,
/// <c>bridges EXECUTABLE [ROUNDS]</c> that of a bridged sample from its source, <c>monitor EXECUTABLE [SECONDS]</c> what a monitor page costs the agent; anything else goes to BenchmarkDotNet.
/// </summary>
internal static class Program
{
    private static async Task<int> Main(string[] args)
    {
        int Number(int index) => int.Parse(args[index], CultureInfo.InvariantCulture);
        switch (args.FirstOrDefault())
        {
            case "speed":
                return await MeasureAsync(token => new SpeedTable(args[1], args[2] == "smoke" ? SpeedScale.Smoke : SpeedScale.Full(Number(2)), args[3..]).RunAsync(token));
            case "outbound":
                return await MeasureAsync(new OutboundBenchmark(args.Length > 1 ? args[1] : Path.GetTempPath()).RunAsync);
            case "events":
                return await MeasureAsync(new EventPathBenchmark(args[1], args.Length > 2 ? Number(2) : 30).RunAsync);
            case "bridges":
                return await MeasureAsync(new BridgePathBenchmark(args[1], args.Length > 2 ? Number(2) : 5).RunAsync);
            case "monitor":
                return await MeasureAsync(new MonitorBenchmark(args[1], args.Length > 2 ? Number(2) : 10).RunAsync);
            case "publish-path":
                return await MeasureAsync(new PublishPathBenchmark(args.Length > 1 ? Number(1) : 3).RunAsync);
            case "bridge-source":
                await BridgeSource.RunAsync();
                break;
            case "publish":
                PacedPublisher.Run(Number(1), Number(2), Number(3), Number(4));
                break;
            case "view":
                await LatencyViewers.RunAsync(new Uri(args[1]), Number(2), Number(3), Number(4));
                break;
            case "sink":
                PublishSink.Run();
                break;
            case "load":
                LoadSource.Run(LoadSettings.Parse(args[1..]));
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

        return 0;
    }

    private static async Task<int> MeasureAsync(Func<CancellationToken, Task> runAsync)
    {
        // However the run ends, it takes its processes and folders with it.
        using var stop = new CancellationTokenSource();
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Cancel);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Cancel);
        try
        {
            await runAsync(stop.Token);
            return 0;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            await Console.Error.WriteLineAsync("Interrupted.");
            return 1;
        }
        catch (Exception exception) when (exception is InvalidOperationException or Win32Exception)
        {
            await Console.Error.WriteLineAsync(exception.Message);
            return 1;
        }

        void Cancel(PosixSignalContext context)
        {
            context.Cancel = true;
            stop.Cancel();
        }
    }
}
