using System.Diagnostics;
using System.Globalization;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Plotune.Mqtt.Client;
using Plotune.Mqtt.TestSupport;

namespace Plotune.Mqtt.Benchmarks.WholePath;

/// <summary>What a page that shows 50 curves of 1 kHz costs the agent's process, against none.</summary>
internal sealed class MonitorBenchmark(string executable, int seconds)
{
    private const int Curves = 50;
    private const int PerSecond = 1000;
    private const int Rounds = 3;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(5);

    /// <summary>A minute over a plot of 1,200 pixels.</summary>
    private static readonly string CurvesShown = $"\"curves\":[{string.Join(',', Enumerable.Range(0, Curves).Select(id => $$"""{"id":{{id}},"signal":"plotune_plant_s{{id}}","bucket":0.05}"""))}]";

    private static readonly (string Name, string? Show)[] Pages =
    [
        ("no page", null),
        ("hidden tab", "{\"show\":{\"status\":false}}"),
        ("50 curves", $"{{\"show\":{{{CurvesShown}}}}}"),
        ("all it shows", $"{{\"show\":{{\"status\":true,\"catalog\":true,\"values\":[{string.Join(',', Enumerable.Range(0, Curves))}],{CurvesShown},\"messages\":{{}}}}}}"),
    ];

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var folder = new TemporaryFolder();
        var port = Servers.ChoosePort();
        await using var mosquitto = Servers.StartMosquitto(folder.Path, port);
        await using var agent = await PackagedAgent.StartAsync(executable, cancellationToken);
        await agent.ConnectAsync(port, 0, cancellationToken);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var publishing = PublishAsync(port, ending.Token);
        await Task.Delay(WarmUp, cancellationToken);

        var shares = Pages.Select(_ => new List<double>()).ToArray();
        for (var round = 0; round < Rounds; round++)
        {
            for (var page = 0; page < Pages.Length; page++)
            {
                if (publishing.IsCompleted) await publishing;
                shares[page].Add(await MeasureAsync(agent, Pages[page].Show, cancellationToken));
            }
        }

        await ending.CancelAsync();
        await publishing;
        Print(shares);
        await agent.StopAsync(cancellationToken);
    }

    private static void Print(List<double>[] shares)
    {
        Console.WriteLine("| page | % of a core | more than none |");
        Console.WriteLine("|---|---|---|");
        var none = shares[0].Median();
        for (var page = 0; page < Pages.Length; page++)
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {Pages[page].Name} | {shares[page].Median():F1} | {shares[page].Median() - none:F1} |"));
    }

    /// <summary>In percent of a core.</summary>
    private async Task<double> MeasureAsync(PackagedAgent agent, string? show, CancellationToken cancellationToken)
    {
        if (show is null) return await ShareAsync(agent, cancellationToken);
        using var socket = await agent.OpenAsync("api/monitor", cancellationToken);
        await socket.SendAsync(Encoding.UTF8.GetBytes(show), WebSocketMessageType.Text, true, cancellationToken);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var reading = ReadAsync(socket, ending.Token);
        var share = await ShareAsync(agent, cancellationToken);
        await ending.CancelAsync();
        Check(await reading, show);
        return share;
    }

    private async Task<double> ShareAsync(PackagedAgent agent, CancellationToken cancellationToken)
    {
        await Task.Delay(TimeSpan.FromSeconds(1), cancellationToken); // histories and catalog are through
        var (used, begin) = (agent.ProcessorTime, Stopwatch.GetTimestamp());
        await Task.Delay(TimeSpan.FromSeconds(seconds), cancellationToken);
        return (agent.ProcessorTime - used) / Stopwatch.GetElapsedTime(begin) * 100;
    }

    /// <returns>Points of each curve.</returns>
    private static async Task<int[]> ReadAsync(ClientWebSocket socket, CancellationToken cancellationToken)
    {
        var points = new int[Curves];
        var buffer = new byte[4 << 20];
        var length = 0;
        while (true)
        {
            try
            {
                var result = await socket.ReceiveAsync(buffer.AsMemory(length), cancellationToken);
                length += result.Count;
                if (!result.EndOfMessage) continue;
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return points;
            }

            using var frame = JsonDocument.Parse(buffer.AsMemory(0, length));
            length = 0;
            if (frame.RootElement.TryGetProperty("error", out var error)) throw new InvalidOperationException($"The agent refused: {error}");
            if (!frame.RootElement.TryGetProperty("points", out var curves)) continue;
            foreach (var curve in curves.EnumerateArray()) points[curve[0].GetInt32()] += curve[1].GetArrayLength() / 3;
        }
    }

    private void Check(int[] points, string show)
    {
        var least = show.Contains("curves", StringComparison.Ordinal) ? 10 * seconds : 0;
        if (points.Min() < least) throw new InvalidOperationException($"A curve got {points.Min()} points in {seconds} s, fewer than {least}.");
    }

    private static async Task PublishAsync(int port, CancellationToken cancellationToken)
    {
        var source = new Source();
        await using var connection = new BrokerConnection(
            new BrokerConnectionOptions { Address = new BrokerAddress("127.0.0.1", port), ClientId = "bench" }, [], source, source, NullLogger.Instance);
        connection.Start();
        await source.Connected.WaitAsync(Patience, cancellationToken);
        var (begin, start) = (Stopwatch.GetTimestamp(), UnixTime.Now);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(2));
        long sent = 0;
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken))
            {
                for (var due = (long)(Stopwatch.GetElapsedTime(begin).TotalSeconds * PerSecond); sent < due; sent++)
                    connection.Publish(new OutboundPublish("plotune/plant", Payload(start, sent), QualityOfService.AtMostOnce), source, 0);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // It has been measured.
        }
    }

    private static byte[] Payload(double start, long number)
    {
        var payload = new StringBuilder();
        payload.Append(CultureInfo.InvariantCulture, $"{{\"timestamp\":{start + ((double)number / PerSecond):F3}");
        for (var signal = 0; signal < Curves; signal++)
            payload.Append(CultureInfo.InvariantCulture, $",\"s{signal}\":{Math.Sin((number * (signal + 1)) / 500.0):F4}");
        return Encoding.UTF8.GetBytes(payload.Append('}').ToString());
    }

    private sealed class Source : IPublishHandler, IConnectionObserver, IPublishCompletion
    {
        private readonly TaskCompletionSource _connected = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Connected => _connected.Task;

        public bool OnPublish(in InboundPublish publish) => true;

        public ValueTask HandOverAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public void StatusChanged(ConnectionStatus status)
        {
            if (status.State == ConnectionState.Connected) _connected.TrySetResult();
        }

        public void Completed(OutboundPublish publish, long id, in PublishResult result)
        {
            // What arrives is counted at the page.
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
