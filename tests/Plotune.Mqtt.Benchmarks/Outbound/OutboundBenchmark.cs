using System.Diagnostics;
using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Plotune.Mqtt.Agent.Configuration;
using Plotune.Mqtt.Agent.Outbound;
using Plotune.Mqtt.Agent.Storage;
using Plotune.Mqtt.Client;

namespace Plotune.Mqtt.Benchmarks.Outbound;

/// <summary>How many messages a second the durable outbound queue takes, and how many go through it, on the disk of a folder; the worker is a stand-in that reports at once.</summary>
internal sealed class OutboundBenchmark(string folder)
{
    private const string Connection = "plant";
    private const int Sources = 10;
    private const int FullQueue = 1_000_000;

    // What a bridge publishes: some 60 bytes of JSON at a topic of 30.
    private static readonly byte[] Payload = Encoding.UTF8.GetBytes("""{"value": 23.4512, "timestamp": 1766000000.123456, "unit": "C"}""");

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        Console.WriteLine($"{Syncs():0} syncs/s of a growing file on this disk");
        Console.WriteLine();
        Console.WriteLine("| what | batch | messages/s | CPU µs/message |");
        Console.WriteLine("|---|---|---|---|");
        foreach (var batch in new[] { 1, 10, 100, 500, 0 })
            await AcceptAsync(batch, cancellationToken);
        foreach (var batch in new[] { 1, 10, 100, 500, 0 })
            await PassAsync(batch, cancellationToken);
        await DrainAsync(cancellationToken);
    }

    /// <summary>The worker is away.</summary>
    private async Task AcceptAsync(int batch, CancellationToken cancellationToken)
    {
        using var home = new Home(folder);
        await using var queues = await home.OpenAsync(cancellationToken);
        var messages = batch == 1 ? 50_000 : 500_000;
        var watch = new Watch();
        await OfferAsync(queues.Queues, batch, messages, OverflowPolicy.Refuse, cancellationToken);
        watch.Print("accepted, worker away", batch, messages);
    }

    /// <summary>Accepted, handed to a worker, reported by it and removed from disk.</summary>
    private async Task PassAsync(int batch, CancellationToken cancellationToken)
    {
        using var home = new Home(folder);
        await using var queues = await home.OpenAsync(cancellationToken);
        var messages = batch == 1 ? 50_000 : 500_000;
        var worker = new InstantWorker(messages);
        await using var link = worker.Attach(queues.Queues, Connection);
        var watch = new Watch();
        await OfferAsync(queues.Queues, batch, messages, OverflowPolicy.Refuse, cancellationToken);
        await worker.Done.WaitAsync(cancellationToken);
        await Home.UntilRemovedAsync(queues, cancellationToken);
        watch.Print("accepted, sent, reported and removed", batch, messages);
    }

    /// <summary>What a million waiting messages cost: to start with, to drop from, to publish.</summary>
    private async Task DrainAsync(CancellationToken cancellationToken)
    {
        using var home = new Home(folder);
        await using (var filling = await home.OpenAsync(cancellationToken))
        {
            await OfferAsync(filling.Queues, 500, FullQueue, OverflowPolicy.Refuse, cancellationToken);
            var dropping = new Watch();
            await OfferAsync(filling.Queues, 1, 20_000, OverflowPolicy.DropOldest, cancellationToken);
            dropping.Print("accepted into a full queue, the oldest dropped", 1, 20_000);
            dropping = new Watch();
            await OfferAsync(filling.Queues, 500, 500_000, OverflowPolicy.DropOldest, cancellationToken);
            dropping.Print("accepted into a full queue, the oldest dropped", 500, 500_000);
        }

        var start = Stopwatch.StartNew();
        await using var queues = await home.OpenAsync(cancellationToken);
        var opened = start.Elapsed;
        var depth = queues.Queues.StateOf(Connection).Depth;
        var watch = new Watch();
        var worker = new InstantWorker((int)depth);
        await using var link = worker.Attach(queues.Queues, Connection);
        await worker.Done.WaitAsync(cancellationToken);
        await Home.UntilRemovedAsync(queues, cancellationToken);
        watch.Print("published from disk and removed", 0, (int)depth);
        Console.WriteLine();
        Console.WriteLine(FormattableString.Invariant($"Opened with {depth} messages waiting in {opened.TotalMilliseconds:0} ms; file {home.FileBytes / 1e6:0} MB, write-ahead log {home.LogBytes / 1e6:0} MB afterwards."));
    }

    /// <param name="batch">Messages offered at once; 0 for 1 to 500.</param>
    private static async Task OfferAsync(OutboundQueues queues, int batch, int messages, OverflowPolicy overflow, CancellationToken cancellationToken)
    {
        await Task.WhenAll(Enumerable.Range(0, Sources).Select(source => Task.Run(() => OfferAsync(source), cancellationToken)));

        async Task OfferAsync(int number)
        {
            var random = new Random(number);
            var source = new OutboundSource($"bridge:{number}", overflow);
            for (var left = messages / Sources; left > 0;)
            {
                var count = Math.Min(left, batch == 0 ? random.Next(1, 501) : batch);
                var offered = new OutboundMessage[count];
                for (var i = 0; i < count; i++)
                    offered[i] = new OutboundMessage($"plotune/line{number}/motor_speed_{i % 10}", Payload, QualityOfService.AtLeastOnce) { IsJson = true };
                if (await queues.AcceptAsync([Connection], source, offered, cancellationToken) == OutboundVerdict.Accepted)
                    left -= count;
                else
                    await queues.WaitForRoomAsync([Connection], TimeSpan.FromMinutes(1), cancellationToken);
            }
        }
    }

    private double Syncs()
    {
        var path = Path.Combine(folder, "sync");
        var block = new byte[4096];
        var count = 0;
        var watch = Stopwatch.StartNew();
        using (var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0))
        {
            for (; watch.ElapsedMilliseconds < 1000; count++)
            {
                file.Write(block);
                file.Flush(flushToDisk: true);
            }
        }

        File.Delete(path);
        return count / watch.Elapsed.TotalSeconds;
    }

    /// <summary>Real and processor time from its making on.</summary>
    private sealed class Watch
    {
        private readonly TimeSpan _processor = Process.GetCurrentProcess().TotalProcessorTime;
        private readonly Stopwatch _real = Stopwatch.StartNew();

        public void Print(string what, int batch, int messages)
        {
            var seconds = _real.Elapsed.TotalSeconds;
            var processor = (Process.GetCurrentProcess().TotalProcessorTime - _processor).TotalMicroseconds / messages;
            Console.WriteLine(FormattableString.Invariant($"| {what} | {(batch == 0 ? "1 to 500" : batch.ToString(CultureInfo.InvariantCulture))} | {messages / seconds:N0} | {processor:0.0} |"));
        }
    }

    /// <summary>A state file in a folder of its own that goes with it.</summary>
    private sealed class Home(string parent) : IDisposable
    {
        private readonly string _folder = Directory.CreateDirectory(Path.Combine(parent, Path.GetRandomFileName())).FullName;

        public long FileBytes => new FileInfo(Path.Combine(_folder, "state.db")).Length;

        public long LogBytes => new FileInfo(Path.Combine(_folder, "state.db-wal")).Length;

        public async Task<Opened> OpenAsync(CancellationToken cancellationToken)
        {
            var database = StateDatabase.Open(Path.Combine(_folder, "state.db"), TimeProvider.System, NullLogger.Instance);
            await database.WriteAsync(static connection => connection.Execute("INSERT OR IGNORE INTO connections VALUES ('plant', '')"), cancellationToken: cancellationToken);
            var queues = new OutboundQueues(database, new OutboundLimits(), TimeProvider.System, NullLogger<OutboundQueues>.Instance);
            await queues.LoadAsync(cancellationToken);
            queues.Open(Connection, static (_, _, _) => { });
            return new Opened(database, queues);
        }

        public static async Task UntilRemovedAsync(Opened opened, CancellationToken cancellationToken)
        {
            while ((long)(await opened.Database.ReadAsync(static connection => connection.QueryScalar("SELECT count(*) FROM (SELECT 1 FROM outbound LIMIT 1)"), cancellationToken))! > 0)
                await Task.Delay(1, cancellationToken);
        }

        public void Dispose() => Directory.Delete(_folder, recursive: true);
    }

    private sealed record Opened(StateDatabase Database, OutboundQueues Queues) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await Queues.DisposeAsync();
            await Database.DisposeAsync();
        }
    }
}
