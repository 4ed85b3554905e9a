using System.Diagnostics;
using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Plotune.Mqtt.Benchmarks.Load;
using Plotune.Mqtt.Client;
using Plotune.Mqtt.TestSupport;

namespace Plotune.Mqtt.Benchmarks.WholePath;

/// <summary>
/// Messages a second from <see cref="BrokerConnection.Publish"/> to their acknowledgement over a socket, as a ratio to <c>mosquitto_pub -l -q 1</c> to the same broker in the same run: to a
/// sink that does nothing but acknowledge, and to mosquitto.
/// </summary>
internal sealed class PublishPathBenchmark(int rounds)
{
    private const int Outstanding = 20_000;

    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(3);

    private readonly OutboundPublish[][] _publishes = [.. Enumerable.Range(0, 3).Select(Publishes)];

    /// <summary>Prints one row per kind of publishing; the medians of all rounds count.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        stop.CancelAfter(Deadline * rounds);
        using var folder = new TemporaryFolder();
        await using var sink = ChildProcess.Start(ChildProcess.Self("sink"));
        var sinkPort = int.Parse(await sink.ReadAsync("listening", stop.Token), CultureInfo.InvariantCulture);
        var mosquittoPort = Servers.ChoosePort();
        await using var mosquitto = Servers.StartMosquitto(folder.Path, mosquittoPort);
        (string Name, int Port, Func<int, Task<double>> Measure)[] runs =
        [
            ("mosquitto_pub, QoS 1, sink", sinkPort, port => ByMosquittoAsync(port, stop.Token)),
            ("5.0, QoS 0, sink", sinkPort, port => ByConnectionAsync(port, ProtocolPreference.V500, 0, 2_000_000, stop.Token)),
            ("5.0, QoS 1, sink", sinkPort, port => ByConnectionAsync(port, ProtocolPreference.V500, 1, 2_000_000, stop.Token)),
            ("5.0, QoS 2, sink", sinkPort, port => ByConnectionAsync(port, ProtocolPreference.V500, 2, 1_000_000, stop.Token)),
            ("3.1.1, QoS 1, sink", sinkPort, port => ByConnectionAsync(port, ProtocolPreference.V311, 1, 400_000, stop.Token)),
            ("mosquitto_pub, QoS 1, mosquitto", mosquittoPort, port => ByMosquittoAsync(port, stop.Token)),
            ("3.1.1, QoS 1, mosquitto", mosquittoPort, port => ByConnectionAsync(port, ProtocolPreference.V311, 1, 200_000, stop.Token)),
            ("5.0, QoS 1, mosquitto", mosquittoPort, port => ByConnectionAsync(port, ProtocolPreference.V500, 1, 200_000, stop.Token)),
            ("5.0, QoS 2, mosquitto", mosquittoPort, port => ByConnectionAsync(port, ProtocolPreference.V500, 2, 100_000, stop.Token)),
        ];
        var results = runs.Select(_ => new List<double>()).ToArray();
        for (var round = 0; round < rounds; round++)
        {
            for (var i = 0; i < runs.Length; i++)
            {
                results[i].Add(await runs[i].Measure(runs[i].Port));
            }
        }

        Console.WriteLine("| publisher, QoS, broker | msg/s | / mosquitto_pub |");
        Console.WriteLine("|---|---|---|");
        for (var i = 0; i < runs.Length; i++)
        {
            var yardstick = Array.FindIndex(runs, run => run.Port == runs[i].Port);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {runs[i].Name} | {results[i].Median():N0} | {results[i].Median() / results[yardstick].Median():F1} |"));
        }
    }

    private async Task<double> ByConnectionAsync(int port, ProtocolPreference protocol, int qos, int count, CancellationToken cancellationToken)
    {
        var options = new BrokerConnectionOptions { Address = new BrokerAddress("127.0.0.1", port), ClientId = "bench", Protocol = protocol };
        var observer = new Observer();
        await using var connection = new BrokerConnection(options, [], observer, observer, NullLogger.Instance);
        connection.Start();
        await observer.Connected.WaitAsync(cancellationToken);
        // The first tenth warms up, and does not count.
        await PublishAsync(connection, _publishes[qos], count / 10, cancellationToken);
        var watch = Stopwatch.StartNew();
        await PublishAsync(connection, _publishes[qos], count, cancellationToken);
        return count / watch.Elapsed.TotalSeconds;
    }

    private static async Task PublishAsync(BrokerConnection connection, OutboundPublish[] publishes, int count, CancellationToken cancellationToken)
    {
        var completion = new Completion(count);
        for (var i = 0; i < count; i++)
        {
            if (i - completion.Count >= Outstanding)
            {
                await completion.WaitAsync(i - (Outstanding / 2)).WaitAsync(cancellationToken);
            }

            connection.Publish(publishes[i % publishes.Length], completion, i);
        }

        await completion.WaitAsync(count).WaitAsync(cancellationToken);
    }

    private static async Task<double> ByMosquittoAsync(int port, CancellationToken cancellationToken)
    {
        // It takes the acknowledgement of the first message for that of one 65,535 later, and then ends before its time.
        const int count = 65_000;
        var lines = new StringBuilder();
        for (var i = 0; i < count; i++)
        {
            lines.Append(PayloadText.Small(i)).Append('\n');
        }

        var text = Encoding.UTF8.GetBytes(lines.ToString());
        string[] arguments = ["-h", "127.0.0.1", "-p", $"{port}", "-t", "plotune/bench/t0001", "-q", "1", "-l"];
        using var process = Process.Start(new ProcessStartInfo("mosquitto_pub", arguments) { RedirectStandardInput = true })!;
        var watch = Stopwatch.StartNew();
        await process.StandardInput.BaseStream.WriteAsync(text, cancellationToken);
        process.StandardInput.Close();
        await process.WaitForExitAsync(cancellationToken);
        return count / watch.Elapsed.TotalSeconds;
    }

    private static OutboundPublish[] Publishes(int qos) =>
        [.. Enumerable.Range(0, 10_000).Select(i => new OutboundPublish($"plotune/bench/t{i % 100:D4}", Encoding.UTF8.GetBytes(PayloadText.Small(i)), (QualityOfService)qos))];

    private sealed class Completion(int expected) : IPublishCompletion
    {
        private long _count;
        private volatile Waiter? _waiter;

        public long Count => Volatile.Read(ref _count);

        public void Completed(OutboundPublish publish, long id, in PublishResult result)
        {
            if (result.Outcome != PublishOutcome.Delivered)
            {
                throw new InvalidOperationException($"Message {id} of {expected} was not delivered: {result}");
            }

            var count = Interlocked.Increment(ref _count);
            if (_waiter is { } waiter && count >= waiter.Target)
            {
                waiter.Source.TrySetResult();
            }
        }

        public Task WaitAsync(long target)
        {
            var waiter = new Waiter(target, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
            _waiter = waiter;
            Interlocked.MemoryBarrier();
            if (Count >= target)
            {
                waiter.Source.TrySetResult();
            }

            return waiter.Source.Task;
        }

        private sealed record Waiter(long Target, TaskCompletionSource Source);
    }

    private sealed class Observer : IPublishHandler, IConnectionObserver
    {
        private readonly TaskCompletionSource _connected = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Connected => _connected.Task;

        public bool OnPublish(in InboundPublish publish) => true;

        public ValueTask HandOverAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public void StatusChanged(ConnectionStatus status)
        {
            if (status.State == ConnectionState.Connected)
            {
                _connected.TrySetResult();
            }
        }

        public void SubscriptionRefused(string filter, string reasonName, string reason)
        {
        }

        public void SubscriptionGranted(string filter, QualityOfService granted)
        {
        }

        public void SessionLost()
        {
        }
    }
}
