using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Plotune.Mqtt.Agent.Signals;
using Plotune.Mqtt.Agent.Supervision;
using Plotune.Mqtt.Agent.Tests.Hosting;
using Plotune.Mqtt.Payloads;
using Plotune.Mqtt.TestSupport;

namespace Plotune.Mqtt.Agent.Tests.Monitor;

public sealed class MonitorFeedTests
{
    private const long Start = 1_766_000_000_000_000;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_first_frame_says_which_run_of_which_agent_it_is()
    {
        await using var agent = await TestAgent.StartAsync(cancellationToken: Cancel);
        await using var restarted = await TestAgent.StartAsync(cancellationToken: Cancel);
        using var page = await MonitorClient.OpenAsync(agent);
        using var again = await MonitorClient.OpenAsync(agent);
        using var elsewhere = await MonitorClient.OpenAsync(restarted);

        var hello = (await page.ReceiveAsync())["hello"]!;

        Assert.Equal(("Plotune MQTT Extension", "1.0.0"), ((string?)hello["name"], (string?)hello["version"]));
        Assert.InRange((double)hello["now"]!, 1.7e9, 1e11);
        Assert.Equal((string?)hello["run"], (string?)(await again.ReceiveAsync())["hello"]!["run"]);
        Assert.NotEqual((string?)hello["run"], (string?)(await elsewhere.ReceiveAsync())["hello"]!["run"]);
    }

    [Fact]
    public async Task Status_is_as_the_routes_answer_it()
    {
        await using var agent = await TestAgent.StartAsync(cancellationToken: Cancel);
        using (var put = await agent.Http.PutAsync("/api/connections/plant", new StringContent("""{"host":"127.0.0.1","password":"secret-word"}""", Encoding.UTF8, "application/json"), Cancel))
            put.EnsureSuccessStatusCode();
        using var page = await MonitorClient.OpenAsync(agent, "\"status\":true");

        var status = await page.NextAsync("status");

        Assert.True(JsonNode.DeepEquals(status["connections"], (await GetAsync(agent, "/api/connections"))["connections"]));
        Assert.True(JsonNode.DeepEquals(status["bridges"], (await GetAsync(agent, "/api/bridges"))["bridges"]));
        Assert.True(JsonNode.DeepEquals(status["eventSources"], (await GetAsync(agent, "/api/event-sources"))["eventSources"]));
        Assert.True(JsonNode.DeepEquals(status["builtInBroker"], await GetAsync(agent, "/api/built-in-broker")));
        var asked = await GetAsync(agent, "/api/status");
        Assert.InRange((double)status["agent"]!["uptime"]!, 0, (double)asked["uptime"]!);
        status["agent"]!["uptime"] = asked["uptime"]!.DeepClone();
        Assert.True(JsonNode.DeepEquals(status["agent"], asked));
        Assert.DoesNotContain("secret-word", status.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Status_comes_again_only_when_something_but_the_time_has_changed()
    {
        await using var agent = await TestAgent.StartAsync(cancellationToken: Cancel);
        using var page = await MonitorClient.OpenAsync(agent, "\"status\":true");
        await page.NextAsync("status");

        // The second frame is the change, however long it took to come.
        await Task.Run(() => agent.Sample("a", 1), Cancel);

        Assert.Equal(1, (int)(await page.NextAsync("status"))["agent"]!["counts"]!["signals"]!);
    }

    [Fact]
    public async Task The_catalog_comes_in_blocks_then_what_is_new_and_from_the_beginning_once_signals_are_removed()
    {
        await using var agent = await TestAgent.StartAsync(cancellationToken: Cancel);
        Define(agent, "plant", 0, 2500);
        using var page = await MonitorClient.OpenAsync(agent, "\"catalog\":true");

        var keys = await KeysAsync(page, 2500);
        Define(agent, "other", 2500, 3);
        keys.AddRange(await KeysAsync(page, 2503, keys.Count));
        agent.Signals.RemoveConnection("plant");
        var left = await KeysAsync(page, 3);

        Assert.Equal(Enumerable.Range(0, 2503).Select(i => $"s_{i}"), keys);
        Assert.Equal(["s_2500", "s_2501", "s_2502"], left);
    }

    [Fact]
    public async Task An_entry_of_the_catalog_says_all_that_does_not_change_with_samples()
    {
        await using var agent = await TestAgent.StartAsync(cancellationToken: Cancel);
        var run = agent.Signals.BeginRun("plant");
        run.Define(0, "a/b", "/x", SignalValueKind.Boolean);
        run.Describe(0, "bar", "<img src=x onerror=alert(1)> \u202e");
        using var page = await MonitorClient.OpenAsync(agent, "\"catalog\":true");

        var entry = (await page.NextAsync("catalog"))["signals"]![0]!.AsArray();

        Assert.Equal(["a_b_x", "plant", "a/b", "/x", "boolean", "bar", "<img src=x onerror=alert(1)> \u202e"], entry.Take(7).Select(text => (string?)text));
        Assert.InRange((double)entry[7]!, 1.7e9, 1e11);
    }

    [Fact]
    public async Task An_empty_catalog_is_told_and_what_is_hidden_goes_on_where_it_was()
    {
        await using var agent = await TestAgent.StartAsync(cancellationToken: Cancel);
        using var page = await MonitorClient.OpenAsync(agent, "\"catalog\":true");
        Assert.Equal("""{"from":0,"signals":[],"total":0}""", (await page.NextAsync("catalog")).ToJsonString());
        Define(agent, "plant", 0, 2);
        await KeysAsync(page, 2);
        await page.ShowAsync("\"status\":false");
        Define(agent, "other", 2, 1);
        await page.ShowAsync("\"catalog\":true");

        Assert.Equal(2, (int)(await page.NextAsync("catalog"))["from"]!);
    }

    [Fact]
    public async Task Another_unit_of_a_signal_that_was_sent_is_told()
    {
        await using var agent = await TestAgent.StartAsync(cancellationToken: Cancel);
        var run = agent.Signals.BeginRun("plant");
        for (var i = 0; i < 3; i++) run.Define(i, $"s/{i}", "", SignalValueKind.Number);
        using var page = await MonitorClient.OpenAsync(agent, "\"catalog\":true");
        await KeysAsync(page, 3);

        run.Describe(1, "°C", "Oil");

        Assert.Equal("""{"from":3,"signals":[],"changed":[[1,"number","°C","Oil"]],"total":3}""", Plain(await page.NextAsync("catalog")));
    }

    [Fact]
    public async Task Values_are_told_of_what_is_seen_and_only_when_they_have_changed()
    {
        await using var agent = await TestAgent.StartAsync(cancellationToken: Cancel);
        agent.Sample("a", 1.5, Start);
        agent.Sample("b", 2, Start);
        agent.Sample("c", 3, Start);
        using var page = await MonitorClient.OpenAsync(agent, "\"catalog\":true,\"values\":[2,0,7]");

        Assert.Equal("[[2,1766000000,3,0,false],[0,1766000000,1.5,0,false]]", Plain(await page.NextAsync("values")));
        agent.Sample("b", 9, Start);
        agent.Sample("c", 4, Start + 1);
        Assert.Equal("[[2,1766000000.000001,4,0,false]]", Plain(await page.NextAsync("values")));
        await page.ShowAsync("\"catalog\":true,\"values\":[2,1]");
        Assert.Equal("[[1,1766000000,9,0,false]]", Plain(await page.NextAsync("values")));
    }

    [Fact]
    public async Task With_a_value_come_the_extremes_of_those_between_it_and_the_one_before()
    {
        await using var agent = await TestAgent.StartAsync(cancellationToken: Cancel);
        agent.Sample("a", 1, Start);
        using var page = await MonitorClient.OpenAsync(agent, "\"catalog\":true,\"values\":[0]");
        Assert.Equal("[[0,1766000000,1,0,false]]", Plain(await page.NextAsync("values")));

        agent.Samples("a", [7, double.NegativeInfinity, -3, 2], Start + 1);

        Assert.Equal("[[0,1766000000.003001,2,0,false,-3,7]]", Plain(await page.NextAsync("values")));
        agent.Sample("a", 5, Start + 10);
        Assert.Equal("[[0,1766000000.00001,5,0,false]]", Plain(await page.NextAsync("values")));
    }

    [Fact]
    public async Task After_signals_were_removed_values_are_those_of_the_new_positions()
    {
        await using var agent = await TestAgent.StartAsync(cancellationToken: Cancel);
        agent.Sample("a", 1, Start, "first");
        agent.Sample("b", 2, Start, "second");
        using var page = await MonitorClient.OpenAsync(agent, "\"catalog\":true,\"values\":[0]");
        Assert.Equal("[[0,1766000000,1,0,false]]", Plain(await page.NextAsync("values")));

        agent.Signals.RemoveConnection("first");

        Assert.Equal("[[0,1766000000,2,0,false]]", Plain(await page.NextAsync("values")));
    }

    [Fact]
    public async Task A_curve_begins_with_the_history_and_every_extreme_of_what_follows_is_in_it()
    {
        await using var agent = await TestAgent.StartAsync(cancellationToken: Cancel);
        agent.Samples("a", [1, 2, 3], Start);
        using var page = await MonitorClient.OpenAsync(agent, """ "curves":[{"id":7,"signal":"a","bucket":0.1}] """);
        Assert.Equal("[[7,[1766000000,1,1,1766000000.001,2,2,1766000000.002,3,3]]]", Plain(await page.NextAsync("points")));

        agent.Samples("a", [.. Enumerable.Range(0, 1000).Select(i => i switch { 137 => -50d, 642 => 70d, _ => 0.5 })], Start + 1_000_000);

        var points = await PointsAsync(page, 7, Start + 1_999_000);
        Assert.Equal(10, points.Count);
        Assert.Equal((1766000001.199, -50, 0.5), points[1]);
        Assert.Equal((1766000001.699, 0.5, 70), points[6]);
        Assert.All(points.Where((_, index) => index is not (1 or 6)), point => Assert.Equal((0.5, 0.5), (point.Minimum, point.Maximum)));
    }

    [Fact]
    public async Task A_curve_of_a_signal_that_is_not_there_yet_starts_when_it_appears()
    {
        await using var agent = await TestAgent.StartAsync(cancellationToken: Cancel);
        using var page = await MonitorClient.OpenAsync(agent, """ "catalog":true,"curves":[{"id":1,"signal":"later","bucket":1}] """);
        await page.NextAsync("catalog");

        agent.Sample("later", 4, Start);

        Assert.Equal("[[1,[1766000000,4,4]]]", Plain(await page.NextAsync("points")));
    }

    [Fact]
    public async Task A_curve_goes_on_without_its_history_when_only_its_width_or_other_curves_change()
    {
        await using var agent = await TestAgent.StartAsync(cancellationToken: Cancel);
        agent.Sample("a", 1, Start);
        agent.Sample("b", 2, Start);
        using var page = await MonitorClient.OpenAsync(agent, """ "curves":[{"id":1,"signal":"a","bucket":1}] """);
        await page.NextAsync("points");

        await page.ShowAsync(""" "curves":[{"id":1,"signal":"a","bucket":0.001},{"id":2,"signal":"b","bucket":1}] """);
        Assert.Equal("[[2,[1766000000,2,2]]]", Plain(await page.NextAsync("points")));
        await page.ShowAsync(""" "curves":[{"id":2,"signal":"a","bucket":1}] """);
        Assert.Equal("[[2,[1766000000,1,1]]]", Plain(await page.NextAsync("points")));
    }

    [Fact]
    public async Task Texts_booleans_gaps_and_numbers_of_one_signal_come_in_order()
    {
        await using var agent = await TestAgent.StartAsync(cancellationToken: Cancel);
        var run = agent.Signals.BeginRun("plant");
        run.Define(0, "a", "", SignalValueKind.Text);
        var writer = new Signals.SampleFrame().Text(0, Start, "a\"\u0001<b>").Boolean(0, Start + 100_000, true).Gap(0, Start + 200_000)
            .Number(0, Start + 300_000, 5).Number(0, Start + 400_000, double.NaN).Text(0, Start + 500_000, "ö");
        run.Append(writer.Reader);
        using var page = await MonitorClient.OpenAsync(agent, """ "curves":[{"id":1,"signal":"a","bucket":1}] """);

        var frame = await page.NextAsync("points");

        Assert.Equal(
            """[[1,"text",[1766000000,"a\"\u0001<b>",1766000000.1,true,1766000000.2,null]],[1,[1766000000.3,5,5,1766000000.4,null,null]],[1,"text",[1766000000.5,"ö"]]]""",
            Plain(frame));
    }

    [Fact]
    public async Task More_than_fits_into_one_frame_comes_in_several_and_whole()
    {
        await using var agent = await TestAgent.StartAsync(cancellationToken: Cancel);
        for (var signal = 0; signal < 200; signal++) agent.Samples($"s/{signal}", [.. Enumerable.Range(0, 240).Select(i => i + (signal / 1000d))], Start);
        var curves = string.Join(',', Enumerable.Range(0, 200).Select(id => $$"""{"id":{{id}},"signal":"s_{{id}}","bucket":1}"""));
        using var page = await MonitorClient.OpenAsync(agent, $"\"curves\":[{curves}]");

        var frames = 0;
        var told = new HashSet<int>();
        while (told.Count < 200)
        {
            frames++;
            foreach (var curve in (await page.NextAsync("points")).AsArray())
            {
                Assert.Equal(720, curve![1]!.AsArray().Count);
                Assert.True(told.Add((int)curve[0]!));
            }
        }

        Assert.InRange(frames, 2, 50);
    }

    [Fact]
    public async Task Messages_come_whole_at_first_and_then_only_those_that_are_new()
    {
        await using var agent = await TestAgent.StartAsync(cancellationToken: Cancel);
        Log(agent, "001", "a");
        Log(agent, "002", "b");
        using var page = await MonitorClient.OpenAsync(agent, """ "messages":{"connection":"","match":"","source":"","limit":10} """);

        var first = await page.NextAsync("messages");
        Log(agent, "003", "c");
        var second = await page.NextAsync("messages");
        await page.ShowAsync(""" "messages":{"connection":"nowhere"} """);
        var none = await page.NextAsync("messages");

        Assert.True((bool)first["reset"]!);
        Assert.Equal(["002", "001"], Ids(first));
        Assert.Null(second["reset"]);
        Assert.Equal(["003"], Ids(second));
        Assert.Equal("""{"reset":true,"messages":[]}""", none.ToJsonString());
        var entry = first["messages"]![0]!.AsObject();
        Assert.True(JsonNode.DeepEquals(entry, (await GetAsync(agent, "/api/messages"))["messages"]![1]));
    }

    [Theory]
    [InlineData("not JSON")]
    [InlineData("""{"show":{"curves":[{"id":1,"signal":"a","bucket":-1}]}}""")]
    public async Task A_message_that_does_not_fit_is_answered_and_changes_nothing(string message)
    {
        await using var agent = await TestAgent.StartAsync(cancellationToken: Cancel);
        using var page = await MonitorClient.OpenAsync(agent, """ "curves":[{"id":1,"signal":"a","bucket":1}] """);
        await page.SendAsync(message);
        Assert.NotEqual("", (string?)await page.NextAsync("error"));

        agent.Sample("a", 1, Start);

        Assert.Equal("[[1,[1766000000,1,1]]]", Plain(await page.NextAsync("points")));
    }

    [Fact]
    public async Task Bytes_are_no_message_and_a_message_too_long_ends_the_connection()
    {
        await using var agent = await TestAgent.StartAsync(cancellationToken: Cancel);
        using var page = await MonitorClient.OpenAsync(agent);
        await page.Socket.SendAsync(new byte[10], WebSocketMessageType.Binary, true, Cancel);
        Assert.NotEqual("", (string?)await page.NextAsync("error"));

        await page.SendAsync(new string(' ', 300_000));

        await Assert.ThrowsAsync<UnmetExpectationException>(page.ReceiveAsync);
        Assert.Equal(WebSocketCloseStatus.MessageTooBig, page.Socket.CloseStatus);
    }

    [Fact]
    public async Task A_page_is_told_that_the_agent_stops()
    {
        await using var agent = await TestAgent.StartAsync(cancellationToken: Cancel);
        using var page = await MonitorClient.OpenAsync(agent);
        await page.NextAsync("hello");

        await agent.Http.GetAsync("/stop", Cancel);

        await Assert.ThrowsAsync<UnmetExpectationException>(page.ReceiveAsync);
        Assert.Equal(WebSocketCloseStatus.EndpointUnavailable, page.Socket.CloseStatus);
    }

    [Fact]
    public async Task A_page_counts_as_a_viewer_while_it_is_there()
    {
        await using var agent = await TestAgent.StartAsync(cancellationToken: Cancel);
        var slots = agent.Services.GetRequiredService<ViewerSlots>();
        using var page = await MonitorClient.OpenAsync(agent, """ "status":true,"catalog":true,"values":[0],"curves":[{"id":1,"signal":"a","bucket":1}],"messages":{} """);
        await page.NextAsync("hello");
        Assert.Equal(1, slots.Taken);

        await page.Socket.CloseAsync(WebSocketCloseStatus.NormalClosure, "", Cancel);

        await Eventually.TrueAsync("the slot is free", () => slots.Taken == 0, Cancel);
        Assert.DoesNotContain(agent.Log, line => line.StartsWith("Error", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_page_that_does_not_read_disturbs_no_viewer_and_misses_no_extreme()
    {
        const int Frames = 2000;
        await using var agent = await TestAgent.StartAsync(cancellationToken: Cancel);
        Define(agent, "big", 0, 20_000, new string('x', 300));
        agent.Samples("a", [0], Start);
        using var deaf = await ConnectWithoutReadingAsync(agent, """{"show":{"catalog":true,"curves":[{"id":1,"signal":"a","bucket":0.001}]}}""");
        await Eventually.TrueAsync("the page watches the signal", () => agent.Signals.Find("a")!.Watched.Taps is not null, Cancel);
        using var viewer = await Api.LiveTests.ConnectAsync(agent, "/fetch/a");
        // Until it has the history, what comes belongs to that, which is shorter.
        Assert.Equal([0], await Eventually.CompletesAsync("the viewer has the history", ReadAllAsync(viewer, 1), Cancel));
        var seen = ReadAllAsync(viewer, Frames);

        // Many more buckets than are kept for the page, and fewer samples than the viewer's queue holds.
        for (var i = 1; i <= Frames; i++) agent.Samples("a", [i], Start + (i * 1_000_000L));

        Assert.Equal(Enumerable.Range(1, Frames), await Eventually.CompletesAsync("the viewer has everything", seen, Cancel));
        var told = await ReadPointsAsync(deaf, Frames);
        Assert.Equal(0, told.Min(point => point.Minimum));
        Assert.Equal(Frames, told.Max(point => point.Maximum));
        Assert.Equal(told.Select(point => point.Time).Order(), told.Select(point => point.Time));
    }

    private static void Define(TestAgent agent, string connection, int from, int count, string suffix = "")
    {
        var run = agent.Signals.BeginRun(connection);
        for (var i = 0; i < count; i++) run.Define(i, $"s/{from + i}{suffix}", "", SignalValueKind.Number);
    }

    private static void Log(TestAgent agent, string id, string topic) =>
        agent.Connections.Messages.Insert(0, new LoggedMessage(id, "plant", "in", "mqtt", 1.5, topic, 0, false, "1", null, 1, false, null));

    private static IEnumerable<string?> Ids(JsonNode messages) => messages["messages"]!.AsArray().Select(message => (string?)message!["id"]);

    /// <summary>Keys from position <paramref name="from"/> until there are <paramref name="total"/>.</summary>
    private static async Task<List<string>> KeysAsync(MonitorClient page, int total, int from = 0)
    {
        var keys = new List<string>();
        while (from + keys.Count < total)
        {
            var block = await page.NextAsync("catalog");
            Assert.Equal(from + keys.Count, (int)block["from"]!);
            var signals = block["signals"]!.AsArray();
            Assert.InRange(signals.Count, 0, 1000);
            keys.AddRange(signals.Select(signal => (string)signal![0]!));
        }

        return keys;
    }

    /// <summary>Points of a curve until one at the time or later.</summary>
    private static async Task<List<(double Time, double Minimum, double Maximum)>> PointsAsync(MonitorClient page, int id, long until)
    {
        var points = new List<(double Time, double Minimum, double Maximum)>();
        while (points.Count == 0 || points[^1].Time < until / 1e6)
            points.AddRange(PointsOf(await page.NextAsync("points"), id));
        return points;
    }

    private static IEnumerable<(double Time, double Minimum, double Maximum)> PointsOf(JsonNode points, int id) =>
        points.AsArray().Where(curve => (int)curve![0]! == id).SelectMany(curve => curve![1]!.AsArray().Chunk(3)).Select(point => ((double)point[0]!, (double)point[1]!, (double)point[2]!));

    private static async Task<JsonNode> GetAsync(TestAgent agent, string route) => JsonNode.Parse(await agent.Http.GetStringAsync(route, Cancel))!;

    private static string Plain(JsonNode node) => node.ToJsonString(new System.Text.Json.JsonSerializerOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    private static async Task<List<int>> ReadAllAsync(ClientWebSocket viewer, int count)
    {
        var numbers = new List<int>();
        var buffer = new byte[4096];
        while (numbers.Count < count) numbers.Add((int)(await ReceiveAsync(viewer, buffer))["value"]!);
        return numbers;
    }

    private static async Task<TcpClient> ConnectWithoutReadingAsync(TestAgent agent, string message)
    {
        var client = new TcpClient { ReceiveBufferSize = 4096 };
        await client.ConnectAsync("127.0.0.1", agent.Address.Port, Cancel);
        var request = $"GET /api/monitor HTTP/1.1\r\nHost: 127.0.0.1:{agent.Address.Port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(request), Cancel);
        var answer = "";
        while (!answer.EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            var one = new byte[1];
            await client.GetStream().ReadExactlyAsync(one, Cancel);
            answer += (char)one[0];
        }

        var payload = Encoding.UTF8.GetBytes(message);
        Assert.InRange(payload.Length, 0, 125);
        await client.GetStream().WriteAsync((byte[])[0x81, (byte)(0x80 | payload.Length), 0, 0, 0, 0, .. payload], Cancel);
        return client;
    }

    private static async Task<List<(double Time, double Minimum, double Maximum)>> ReadPointsAsync(TcpClient deaf, int last)
    {
        using var socket = WebSocket.CreateFromStream(deaf.GetStream(), new WebSocketCreationOptions());
        var points = new List<(double Time, double Minimum, double Maximum)>();
        var buffer = new byte[1 << 20];
        while (points.Count == 0 || points[^1].Maximum < last)
        {
            if ((await ReceiveAsync(socket, buffer))["points"] is { } told) points.AddRange(PointsOf(told, 1));
        }

        return points;
    }

    private static async Task<JsonNode> ReceiveAsync(WebSocket socket, byte[] buffer)
    {
        var length = 0;
        while (true)
        {
            var result = await Eventually.CompletesAsync("a frame arrives", socket.ReceiveAsync(buffer.AsMemory(length), Cancel).AsTask(), Cancel);
            length += result.Count;
            if (result.EndOfMessage) return JsonNode.Parse(buffer.AsSpan(0, length))!;
        }
    }
}
