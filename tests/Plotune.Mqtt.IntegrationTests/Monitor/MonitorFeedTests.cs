using System.Globalization;
using System.Text.Json.Nodes;
using Plotune.Mqtt.IntegrationTests.Support;

namespace Plotune.Mqtt.IntegrationTests.Monitor;

/// <summary>What a page is told of a real broker, by a WebSocket client that is not ours.</summary>
public sealed class MonitorFeedTests : AgentTest
{
    [Fact]
    public async Task A_page_sees_connection_signals_values_curve_and_messages_and_that_the_broker_goes_and_comes_back()
    {
        await using var agent = await StartConnectedAgentAsync();
        await using var page = await SampleStream.OpenAsync(new Uri($"ws://127.0.0.1:{agent.Port}/api/monitor"));
        Assert.NotNull((await page.NextAsync())["hello"]);
        await page.SendTextAsync(
            """{"show":{"status":true,"catalog":true,"values":[0],"curves":[{"id":1,"signal":"plant_speed","bucket":0.01}],"messages":{"match":"plant/+","source":"mqtt","limit":5}}}""");
        await StatusAsync(page, "connected");

        // One message after the other, as a device would: some two buckets of extremes that are known.
        const double start = 1_766_000_000;
        await Broker.PublishAsync("plant/speed", Enumerable.Range(0, 2000).Select(i => string.Create(
            CultureInfo.InvariantCulture, $$"""{"value":{{(i == 700 ? -1000 : i == 1300 ? 1000 : i % 10)}},"timestamp":{{start + (i / 1000d):F3}},"unit":"rpm"}""")));

        var seen = new Seen();
        while (!seen.IsComplete) seen.Take(await page.NextAsync());
        Assert.Equal(["plant_speed", ConnectionName, "plant/speed", "", "number"], seen.Entry!.AsArray().Take(5).Select(member => (string?)member));
        Assert.Equal(-1000, seen.Points.Min(point => point.Minimum));
        Assert.Equal(1000, seen.Points.Max(point => point.Maximum));
        Assert.Equal(start + 1.999, seen.Points[^1].Time);
        Assert.Equal(seen.Points.Select(point => point.Time).Order(), seen.Points.Select(point => point.Time));
        Assert.Equal(start + 1.999, (double)seen.Value![1]!);
        Assert.Equal(9, (double)seen.Value[2]!);
        Assert.Contains("\"value\":9", (string?)seen.Message!["payload"], StringComparison.Ordinal);

        await Broker.KillAsync();
        Assert.NotEqual("", (string?)(await StatusAsync(page, "waiting"))["reason"]);
        await Broker.StartAgainAsync();
        await StatusAsync(page, "connected");
    }

    /// <summary>Reads until the connection has that status.</summary>
    private static async Task<JsonNode> StatusAsync(SampleStream page, string status)
    {
        while (true)
        {
            var state = (await page.NextAsync())["status"]?["connections"]?.AsArray() is [{ } connection] ? connection["state"] : null;
            if ((string?)state?["status"] == status) return state!;
        }
    }

    /// <summary>What came of the two thousand messages, in whatever order the frames are.</summary>
    private sealed class Seen
    {
        public JsonNode? Entry { get; private set; }

        public JsonArray? Value { get; private set; }

        public JsonNode? Message { get; private set; }

        public List<(double Time, double Minimum, double Maximum)> Points { get; } = [];

        public bool IsComplete => Entry is not null && Message is not null && Value is not null && (double)Value[1]! > 1_766_000_001.9985 && Points is [.., { Time: > 1_766_000_001.9985 }];

        public void Take(JsonNode frame)
        {
            Entry ??= frame["catalog"]?["signals"]?.AsArray().FirstOrDefault();
            if (frame["values"] is { } values) Value = values[0]!.AsArray();
            if (frame["messages"]?["messages"]?.AsArray() is [{ } newest, ..] && ((string?)newest["payload"])!.Contains("1766000001.999", StringComparison.Ordinal)) Message = newest;
            foreach (var curve in frame["points"]?.AsArray() ?? [])
                Points.AddRange(curve![1]!.AsArray().Chunk(3).Select(point => ((double)point[0]!, (double)point[1]!, (double)point[2]!)));
        }
    }
}
