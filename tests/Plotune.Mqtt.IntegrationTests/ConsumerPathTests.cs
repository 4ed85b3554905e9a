using System.Text.Json.Nodes;
using Plotune.Mqtt.IntegrationTests.Support;

namespace Plotune.Mqtt.IntegrationTests;

/// <summary>From a real broker through a real worker to a viewer.</summary>
public sealed class ConsumerPathTests : AgentTest
{
    [Fact]
    public async Task A_value_object_becomes_one_signal_named_after_its_topic()
    {
        await using var agent = await StartConnectedAgentAsync();
        await using var stream = await agent.FetchAsync("plotune_sensor_temperature");

        await Broker.PublishAsync("plotune/sensor/temperature", """{"value": 23.4, "timestamp": 1766000000.123, "client_id": "c1"}""");

        var sample = await stream.NextAsync();
        Assert.Equal(23.4, (double)sample["value"]!);
        Assert.Equal(1766000000.123, (double)sample["timestamp"]!, 6);
        Assert.Equal(2, sample.AsObject().Count);
        Assert.Equal(["plotune_sensor_temperature"], await HeadersAsync(agent));
    }

    [Fact]
    public async Task Nested_json_becomes_a_signal_for_each_leaf()
    {
        await using var agent = await StartConnectedAgentAsync();
        await using var speed = await agent.FetchAsync("factory_line1_motor_speed");

        await Broker.PublishAsync("factory/line1", """{"motor":{"speed":3,"phases":[1,2.5]},"on":true,"mode":"auto"}""");

        Assert.Equal(3, await speed.NextNumberAsync());
        Assert.Equal(
            ["factory_line1_mode", "factory_line1_motor_phases_0", "factory_line1_motor_phases_1", "factory_line1_motor_speed", "factory_line1_on"],
            (await HeadersAsync(agent)).Order(StringComparer.Ordinal));
        await using var on = await agent.FetchAsync("factory_line1_on");
        Assert.True((bool)(await on.NextAsync())["value"]!);
        await using var mode = await agent.FetchAsync("factory_line1_mode");
        Assert.Equal("auto", (string)(await mode.NextAsync())["value"]!);
    }

    [Fact]
    public async Task A_signal_is_found_by_its_topic_with_slashes()
    {
        await using var agent = await StartConnectedAgentAsync();
        await using var stream = await agent.FetchAsync("factory/line1/sensor/temp");

        await Broker.PublishAsync("factory/line1/sensor/temp", "21.5");

        Assert.Equal(21.5, await stream.NextNumberAsync());
    }

    [Fact]
    public async Task History_is_the_newest_240_samples_and_joins_live_without_gap_or_duplicate()
    {
        await using var agent = await StartConnectedAgentAsync();
        await Broker.PublishAsync("plant/count", Enumerable.Range(0, 1000).Select(i => $"{i}"));
        await Eventually.ThatAsync("the last value is there", async () => await LatestAsync(agent, "plant_count") == 999);

        await using var stream = await agent.FetchAsync("plant_count");
        var publishing = Broker.PublishAsync("plant/count", Enumerable.Range(1000, 1000).Select(i => $"{i}"));
        var seen = await stream.NumbersUntilAsync(1999);
        await publishing;

        Assert.Equal(760, seen[0]);
        Assert.Equal(Enumerable.Range(760, 1240).Select(i => (double)i), seen);
    }

    [Fact]
    public async Task Topics_that_would_share_a_key_stay_apart()
    {
        await using var agent = await StartConnectedAgentAsync();
        await Broker.PublishAsync("a/b_c", "1");
        await Eventually.ThatAsync("the first signal is there", async () => (await HeadersAsync(agent)).Count == 1);

        await Broker.PublishAsync("a_b/c", "2");

        await Eventually.ThatAsync("the second signal is there", async () => (await HeadersAsync(agent)).Count == 2);
        Assert.Equal(1, await LatestAsync(agent, "a_b_c"));
        Assert.Equal(2, await LatestAsync(agent, "a_b_c_2"));
    }

    [Fact]
    public async Task Bytes_that_are_no_text_are_a_decode_failure_with_a_reason_and_no_signal()
    {
        await using var agent = await StartConnectedAgentAsync();
        var file = Path.Combine(NewFolder("payload"), "bytes");
        await File.WriteAllBytesAsync(file, [0xff, 0xfe, 0x00, 0xc3], TestContext.Current.CancellationToken);

        await Broker.PublishFileAsync("odd/bytes", file);

        await Eventually.ThatAsync("the failure is counted", async () => (long)(await agent.StateAsync(ConnectionName))["decodeFailures"]! == 1);
        Assert.Empty(await HeadersAsync(agent));
        var message = (await agent.GetAsync("/api/messages"))["messages"]![0]!;
        Assert.Equal("odd/bytes", (string?)message["topic"]);
        Assert.Contains("fffe00c3", message.ToJsonString(), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task A_retained_message_is_there_for_a_late_agent()
    {
        await Broker.PublishAsync("plant/setpoint", "42", retain: true);

        await using var agent = await StartConnectedAgentAsync();
        await using var stream = await agent.FetchAsync("plant_setpoint");

        Assert.Equal(42, await stream.NextNumberAsync());
    }

    [Fact]
    public async Task Every_message_of_many_topics_arrives_in_order()
    {
        await using var agent = await StartConnectedAgentAsync();
        var streams = new List<SampleStream>();
        for (var topic = 0; topic < 5; topic++)
        {
            streams.Add(await agent.FetchAsync($"load_t{topic}"));
        }

        var publishing = Enumerable.Range(0, 5).Select(topic =>
            Broker.PublishAsync($"load/t{topic}", Enumerable.Range(0, 4000).Select(i => $$"""{"value": {{i}}}"""))).ToArray();
        var seen = await Task.WhenAll(streams.Select(stream => stream.NumbersUntilAsync(3999)));
        await Task.WhenAll(publishing);

        Assert.All(seen, numbers => Assert.Equal(Enumerable.Range(0, 4000).Select(i => (double)i), numbers));
    }

    [Fact]
    public async Task The_live_socket_carries_many_signals_by_pattern()
    {
        await using var agent = await StartConnectedAgentAsync();
        await using var stream = await SampleStream.OpenAsync(new Uri($"ws://127.0.0.1:{agent.Port}/ws"));
        await stream.SendTextAsync("""{"subscribe":["hall_*"],"history":true}""");

        await Broker.PublishAsync("hall/a", "1");
        await Broker.PublishAsync("yard/a", "9");
        await Broker.PublishAsync("hall/b", "2");

        var first = await stream.NextAsync();
        var second = await stream.NextAsync();
        Assert.Equal(("hall_a", 1), ((string)first["name"]!, (double)first["value"]!));
        Assert.Equal(("hall_b", 2), ((string)second["name"]!, (double)second["value"]!));
    }

    [Fact]
    public async Task Metrics_count_what_was_received()
    {
        await using var agent = await StartConnectedAgentAsync();
        await Broker.PublishAsync("m/a", Enumerable.Range(0, 100).Select(i => $"{i}"));

        await Eventually.ThatAsync("the counter shows 100 messages", async () =>
            (await agent.Http.GetStringAsync("/metrics", TestContext.Current.CancellationToken)).Split('\n').Any(line =>
                line.StartsWith("plotune_mqtt_messages_received_total{", StringComparison.Ordinal)
                && line.Contains($"connection=\"{ConnectionName}\"", StringComparison.Ordinal)
                && line.Split(' ')[1] == "100"));
    }

    private static async Task<List<string>> HeadersAsync(AgentProcess agent) =>
        [.. (await agent.GetAsync("/fetch-meta"))["headers"]!.AsArray().Select(header => (string)header!)];

    private static async Task<double?> LatestAsync(AgentProcess agent, string key)
    {
        using var answer = await agent.Http.GetAsync($"/api/signals/{key}/history", TestContext.Current.CancellationToken);
        if (!answer.IsSuccessStatusCode)
        {
            return null;
        }

        var samples = JsonNode.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken))!["samples"]!.AsArray();
        return samples.Count == 0 ? null : (double?)samples[^1]![1];
    }
}
