using System.Diagnostics;
using System.Globalization;
using System.Net.WebSockets;
using System.Text.Json;

namespace Plotune.Mqtt.Benchmarks.WholePath;

/// <summary>Viewers of topics of <see cref="PacedPublisher"/>, one each, in a process of their own in which what is read is seen by the thread that finds it there, as in a client written for speed.</summary>
internal static class LatencyViewers
{
    /// <param name="apart">From one viewer's topic to the next one's.</param>
    public static ChildProcess Start(Uri agent, int viewers, int apart, int each)
    {
        var start = ChildProcess.Self("view", agent.AbsoluteUri, $"{viewers}", $"{apart}", $"{each}");
        start.Environment["DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS"] = "1";
        return ChildProcess.Start(start);
    }

    /// <summary>Prints <c>viewing 1</c> once all look, and <c>latency MEDIAN P99</c> in milliseconds from sending once each has so many samples.</summary>
    public static async Task RunAsync(Uri agent, int viewers, int apart, int each)
    {
        var viewing = new List<Task<double[]>>();
        for (var topic = 0; topic < viewers * apart; topic += apart)
        {
            var socket = new ClientWebSocket();
            await socket.ConnectAsync(new UriBuilder(new Uri(agent, $"fetch/plotune_bench_t{topic:D4}")) { Scheme = "ws" }.Uri, CancellationToken.None);
            viewing.Add(ViewAsync(socket, each));
        }

        Console.WriteLine("viewing 1");
        double[] times = [.. (await Task.WhenAll(viewing)).SelectMany(viewer => viewer).Order()];
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"latency {times.Percentile(0.5)} {times.Percentile(0.99)}"));
    }

    /// <summary>When a message was sent, in seconds since 1970.</summary>
    public static double SentAt(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json);
        while (reader.Read())
        {
            if (reader.TokenType == JsonTokenType.PropertyName && reader.ValueTextEquals("timestamp") && reader.Read()) return reader.GetDouble();
        }

        throw new UnreachableException("A sample without a time.");
    }

    private static async Task<double[]> ViewAsync(ClientWebSocket socket, int count)
    {
        using (socket)
        {
            var times = new double[count];
            var buffer = new byte[1024];
            for (var sample = 0; sample < count; sample++)
            {
                var length = (await socket.ReceiveAsync(buffer, CancellationToken.None)).Count;
                times[sample] = (UnixTime.Now - SentAt(buffer.AsSpan(0, length))) * 1e3;
            }

            return times;
        }
    }
}
