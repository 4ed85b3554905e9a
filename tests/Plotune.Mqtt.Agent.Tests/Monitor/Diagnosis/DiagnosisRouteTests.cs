using System.Net;
using Plotune.Mqtt.Agent.Configuration;
using Plotune.Mqtt.Agent.Monitor.Diagnosis;
using Plotune.Mqtt.Agent.Signals;
using Plotune.Mqtt.Agent.Supervision;
using Plotune.Mqtt.Agent.Tests.Api;
using Plotune.Mqtt.Agent.Tests.Hosting;
using Plotune.Mqtt.Payloads;
using Plotune.Mqtt.Worker.Ipc;

namespace Plotune.Mqtt.Agent.Tests.Monitor.Diagnosis;

public sealed class DiagnosisRouteTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_diagnosis_has_steps_and_the_index_of_the_first_that_failed()
    {
        await using var agent = await StartAsync("plant");
        agent.Connections.SetState(
            "plant",
            new ConnectionStateView
            {
                Activity = ConnectionActivity.Waiting,
                Since = DateTimeOffset.UnixEpoch,
                ReasonName = "ConnectionRefused",
                Reason = "Nothing accepts connections at h:1883. Is the broker running, and is the port right?",
            });

        var answer = await RouteTests.JsonOf(await agent.Http.GetAsync("/api/connections/plant/diagnosis", Cancel));

        Assert.Equal(("plant", 1), (answer.GetProperty("name").GetString(), answer.GetProperty("failed").GetInt32()));
        Assert.True(answer.GetProperty("now").GetDouble() > 1e9);
        Assert.Equal(
            """{"step":"tcp","subject":"","state":"failed","text":"Nothing accepts connections at h:1883.","advice":"Is the broker running, and is the port right?"}""",
            answer.GetProperty("steps")[1].GetRawText());
        Assert.Equal("a/#", answer.GetProperty("steps").EnumerateArray().Single(step => step.GetProperty("step").GetString() == "suback").GetProperty("subject").GetString());
    }

    [Theory]
    [InlineData("hall/1", "/api/connections/hall/1/diagnosis")]
    [InlineData("hall/1", "/api/connections/hall%2F1/diagnosis")]
    public async Task A_name_with_slashes_is_diagnosed_too(string name, string route)
    {
        await using var agent = await StartAsync(name);

        var answer = await RouteTests.JsonOf(await agent.Http.GetAsync(route, Cancel));

        Assert.Equal((name, "null"), (answer.GetProperty("name").GetString(), answer.GetProperty("failed").GetRawText()));
    }

    [Fact]
    public async Task A_connection_whose_own_name_ends_in_diagnosis_is_still_found()
    {
        await using var agent = await StartAsync("hall/diagnosis");

        Assert.Equal("hall/diagnosis", await NameAsync("/api/connections/hall/diagnosis"));
        await agent.Http.PutAsync("/api/connections/hall", ConnectionRouteTests.Json("""{"host":"h"}"""), Cancel);
        Assert.Equal("hall", await NameAsync("/api/connections/hall/diagnosis"));
        Assert.Equal("hall/diagnosis", await NameAsync("/api/connections/hall%2Fdiagnosis"));

        async Task<string?> NameAsync(string route) => (await RouteTests.JsonOf(await agent.Http.GetAsync(route, Cancel))).GetProperty("name").GetString();
    }

    [Fact]
    public async Task A_connection_that_is_not_there_cannot_be_diagnosed()
    {
        await using var agent = await StartAsync("plant");

        using var response = await agent.Http.GetAsync("/api/connections/nobody/diagnosis", Cancel);

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
    }

    [Fact]
    public void Findings_tell_live_from_retained_which_filters_are_silent_and_who_watches()
    {
        var store = new SignalStore(new AgentLimits());
        var run = store.BeginRun("plant");
        var other = store.BeginRun("other");
        Append(run, 0, "a/x", 1, retained: true);
        Append(run, 1, "a/y", 2, retained: false);
        Append(other, 0, "b/x", 3, retained: false);
        Assert.True(run.Define(2, "c", "", SignalValueKind.Number));
        var config = new BrokerConnectionConfig { Name = "plant", Host = "h", Topics = [new TopicFilterConfig("a/+"), new TopicFilterConfig("b/#"), new TopicFilterConfig("c")] };
        using var everything = new SignalViewer();
        using var one = new SignalViewer();
        using var elsewhere = new SignalViewer();
        using var all = store.Subscribe("*", everything, history: false);
        using var single = store.Subscribe("a_x", one, history: false);
        using var foreign = store.Subscribe("b_x", elsewhere, history: false);

        var findings = SignalFindings.Of(store, config);

        Assert.Equal((2, 1, 2, 0), (findings.WithValues, findings.Live, findings.Viewers, findings.Curves));
        Assert.Equal(["b/#", "c"], findings.SilentFilters);
    }

    private static void Append(WorkerSignals run, int id, string topic, double value, bool retained)
    {
        Assert.True(run.Define(id, topic, "", SignalValueKind.Number));
        var samples = new SamplesWriter();
        samples.Append(1_766_000_000_000_000, retained, [new SignalSample(id, SignalValueKind.Number, value)], default);
        run.Append(new SamplesReader(samples.Body));
    }

    private static async Task<TestAgent> StartAsync(string name)
    {
        var agent = await TestAgent.StartAsync(cancellationToken: Cancel);
        using var response = await agent.Http.PutAsync($"/api/connections/{Uri.EscapeDataString(name)}", ConnectionRouteTests.Json("""{"host":"h","topics":[{"filter":"a/#"}]}"""), Cancel);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return agent;
    }
}
