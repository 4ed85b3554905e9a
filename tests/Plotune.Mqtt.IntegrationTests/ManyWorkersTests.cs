using Plotune.Mqtt.IntegrationTests.Support;

namespace Plotune.Mqtt.IntegrationTests;

/// <summary>One connection, several workers.</summary>
public sealed class ManyWorkersTests : AgentTest
{
    private const int Topics = 12;
    private const int Messages = 1000;

    [Theory]
    [InlineData("")]
    [InlineData("group")]
    public async Task Two_workers_deliver_every_message_of_every_topic_in_order(string shareGroup)
    {
        await using var agent = await AgentProcess.StartAsync(DataFolder, "--standalone");
        var filters = Enumerable.Range(0, Topics).Select(topic => new { filter = $"plant/{topic}/#", qos = 1 });
        await agent.AddConnectionAsync("plant", Broker.Port, new { workers = 2, shareGroup, topics = filters });
        await agent.WaitForStatusAsync("plant", "connected");
        var streams = await Task.WhenAll(Enumerable.Range(0, Topics).Select(topic => agent.FetchAsync($"plant_{topic}_count")));

        var publishing = Task.WhenAll(Enumerable.Range(0, Topics).Select(topic => Broker.PublishAsync($"plant/{topic}/count", Enumerable.Range(0, Messages).Select(i => $"{i}"))));
        var numbers = await Task.WhenAll(streams.Select(stream => stream.NumbersUntilAsync(Messages - 1)));
        await publishing;

        Assert.All(numbers, seen => Assert.Equal(Enumerable.Range(0, Messages).Select(i => (double)i), seen));
        await Eventually.ThatAsync("every message is counted once", async () => (long)(await agent.StateAsync("plant"))["samples"]! == Topics * Messages);
        var state = await agent.StateAsync("plant");
        Assert.Equal(0, (long)state["restarts"]!);
        Assert.Equal(2, state["workers"]!.AsArray().Select(worker => (int)worker!["pid"]!).Distinct().Count());
        await Eventually.ThatAsync("each worker has told of messages", async () => (await agent.StateAsync("plant"))["workers"]!.AsArray().All(worker => (long)worker!["received"]! > 0));
        foreach (var stream in streams)
        {
            await stream.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_killed_worker_restarts_alone_and_loses_nothing_that_its_session_holds()
    {
        await using var agent = await AgentProcess.StartAsync(DataFolder, "--standalone");
        await agent.AddConnectionAsync("plant", Broker.Port, new { workers = 2, cleanSession = false, clientId = "pair" });
        await agent.WaitForStatusAsync("plant", "connected");
        var before = await PidsAsync(agent);
        var streams = await Task.WhenAll(Enumerable.Range(0, Topics).Select(topic => agent.FetchAsync($"plant_{topic}_count")));

        var publishing = Task.WhenAll(Enumerable.Range(0, Topics).Select(topic => Broker.PublishAsync($"plant/{topic}/count", Enumerable.Range(0, Messages).Select(i => $"{i}"))));
        await streams[0].NumbersUntilAsync(10);
        Assert.Equal(0, Signals.Kill(before[1], Signals.Kill9));
        var numbers = await Task.WhenAll(streams.Select(stream => stream.NumbersUntilAsync(Messages - 1)));
        await publishing;

        // At least once: none missing, repeats allowed. The first stream has been read up to 10.
        Assert.All(numbers[1..], seen => Assert.Equal(Enumerable.Range(0, Messages).Select(i => (double)i), seen.Distinct().Order()));
        await Eventually.ThatAsync("the worker is replaced", async () => (string)(await agent.StateAsync("plant"))["status"]! == "connected" && (await PidsAsync(agent))[1] != before[1]);
        Assert.Equal(before[0], (await PidsAsync(agent))[0]);
        foreach (var stream in streams)
        {
            await stream.DisposeAsync();
        }
    }

    private static async Task<int[]> PidsAsync(AgentProcess agent) =>
        [.. (await agent.StateAsync("plant"))["workers"]!.AsArray().Select(worker => (int?)worker!["pid"] ?? 0)];
}
