using System.Text;
using Plotune.Mqtt.TestSupport;
using Plotune.Mqtt.Worker.Ipc;

namespace Plotune.Mqtt.Worker.Tests.Hosting;

public sealed class ConnectionTestTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_broker_that_accepts_all_is_a_success_and_is_left_with_disconnect()
    {
        await using var broker = ScriptedBroker.Start(Token);
        await using var agent = StartTest(broker);
        var connection = await broker.AcceptAsync();
        var connect = await connection.AcceptSessionAsync();
        await connection.GrantSubscribeAsync();

        var result = ExpectResult(agent);

        Assert.Equal((true, "done", "3.1.1"), (result.Success, result.Stage, result.Protocol));
        Assert.Equal([new WorkerTopicResult("plotune/#", 1, "")], result.Topics);
        Assert.Equal("worker-test-test", connect.ClientId);
        await connection.ExpectAsync(PacketType.Disconnect);
        Assert.Equal(0, await agent.ExitAsync());
    }

    [Fact]
    public async Task A_test_has_no_will_and_a_clean_session_whatever_the_settings()
    {
        await using var broker = ScriptedBroker.Start(Token);
        await using var agent = StartTest(broker, settings => settings with
        {
            Will = new WorkerWill("will", "gone"),
            CleanSession = false,
            HeldTopics = [new WorkerHeldTopic(new WorkerTopic("plotune/#", 1), true)],
        });
        var connection = await broker.AcceptAsync();
        var connect = await connection.AcceptSessionAsync();
        await connection.GrantSubscribeAsync();

        Assert.True(ExpectResult(agent).Success);
        Assert.Equal((null, true), (connect.WillTopic, connect.CleanStart));
        Assert.Equal(0, await agent.ExitAsync());
    }

    [Theory]
    [InlineData("3.1.1")]
    [InlineData("5.0")]
    public async Task A_session_is_ended_by_a_clean_one_under_its_own_identifier(string protocol)
    {
        await using var broker = ScriptedBroker.Start(Token);
        await using var agent = StartTest(broker, settings => settings with
        {
            Mode = WorkerMode.EndSession,
            Protocol = protocol,
            CleanSession = false,
            SessionExpirySeconds = 3600,
            Topics = [],
            Will = new WorkerWill("will", "gone"),
        });
        var connection = await broker.AcceptAsync();
        var connect = await connection.AcceptSessionAsync();

        Assert.True(ExpectResult(agent).Success);
        Assert.Equal(("worker-test", true, null), (connect.ClientId, connect.CleanStart, connect.WillTopic));
        Assert.DoesNotContain((byte)0x11, connect.Properties.Keys);
        await connection.ExpectAsync(PacketType.Disconnect);
        Assert.Equal(0, await agent.ExitAsync());
    }

    [Fact]
    public async Task A_broker_that_refuses_the_user_fails_at_connect_with_its_reason()
    {
        await using var broker = ScriptedBroker.Start(Token);
        await using var agent = StartTest(broker);
        var connection = await broker.AcceptAsync();
        await connection.ExpectConnectAsync();
        await connection.SendConnAckAsync(4);

        var result = ExpectResult(agent);

        Assert.Equal((false, "connect"), (result.Success, result.Stage));
        Assert.Contains("password", result.Reason, StringComparison.Ordinal);
        Assert.Equal(0, await agent.ExitAsync());
    }

    [Fact]
    public async Task A_broker_that_refuses_a_filter_fails_at_subscribe()
    {
        await using var broker = ScriptedBroker.Start(Token);
        await using var agent = StartTest(broker, settings => settings with { Topics = [new("a", 0), new("b", 2)] });
        var connection = await broker.AcceptAsync();
        await connection.AcceptSessionAsync();
        var subscribe = await connection.ExpectSubscribeAsync();
        await connection.SendSubAckAsync(subscribe.PacketIdentifier, 0x80, 1);

        var result = ExpectResult(agent);

        Assert.Equal((false, "subscribe"), (result.Success, result.Stage));
        Assert.Equal([("a", null), ("b", 1)], result.Topics.Select(topic => (topic.Filter, topic.Granted)));
        Assert.NotEmpty(result.Topics[0].Reason);
        Assert.Equal(0, await agent.ExitAsync());
    }

    [Fact]
    public async Task A_broker_that_cuts_the_connection_at_subscribe_fails_there()
    {
        await using var broker = ScriptedBroker.Start(Token);
        await using var agent = StartTest(broker);
        var connection = await broker.AcceptAsync();
        await connection.AcceptSessionAsync();
        await connection.ExpectSubscribeAsync();
        connection.Close();

        var result = ExpectResult(agent);

        Assert.Equal((false, "subscribe", "3.1.1"), (result.Success, result.Stage, result.Protocol));
        Assert.Equal(0, await agent.ExitAsync());
    }

    [Fact]
    public async Task A_port_that_nobody_listens_on_fails_at_connect()
    {
        await using var broker = ScriptedBroker.Start(Token);
        broker.StopListening();
        await using var agent = StartTest(broker);

        var result = ExpectResult(agent);

        Assert.Equal((false, "connect", ""), (result.Success, result.Stage, result.Protocol));
        Assert.NotEmpty(result.Reason);
        Assert.Equal(0, await agent.ExitAsync());
    }

    [Fact]
    public async Task A_port_that_speaks_no_MQTT_fails_at_connect()
    {
        await using var broker = ScriptedBroker.Start(Token);
        await using var agent = StartTest(broker);
        var connection = await broker.AcceptAsync();
        await connection.SendAsync(Encoding.ASCII.GetBytes("HTTP/1.1 400 Bad Request\r\n\r\n"));

        var result = ExpectResult(agent);

        Assert.Equal((false, "connect"), (result.Success, result.Stage));
        Assert.NotEmpty(result.Reason);
        Assert.Equal(0, await agent.ExitAsync());
    }

    [Theory]
    [InlineData(false, "connect")]
    [InlineData(true, "subscribe")]
    public async Task A_broker_that_falls_silent_is_given_up(bool accepts, string stage)
    {
        await using var broker = ScriptedBroker.Start(Token);
        await using var agent = StartTest(broker);
        var connection = await broker.AcceptAsync();
        if (accepts)
            await connection.AcceptSessionAsync();

        var result = ExpectResult(agent);
        Assert.Equal(0, await agent.ExitAsync());

        Assert.Equal((false, stage), (result.Success, result.Stage));
    }

    [Fact]
    public async Task Shutdown_ends_a_test_that_is_still_waiting()
    {
        await using var broker = ScriptedBroker.Start(Token);
        await using var agent = StartTest(broker);
        await broker.AcceptAsync();

        agent.Writer.Write(FrameKind.Shutdown, []);

        Assert.False(ExpectResult(agent).Success);
        Assert.Equal(0, await agent.ExitAsync());
    }

    private static AgentSide StartTest(ScriptedBroker broker, Func<WorkerSettings, WorkerSettings>? change = null) =>
        AgentSide.Start(broker.Port, Token, settings => change is null ? settings with { Mode = WorkerMode.Test } : change(settings with { Mode = WorkerMode.Test }));

    private static WorkerTestResult ExpectResult(AgentSide agent) => agent.Expect(FrameKind.TestResult, WorkerJson.Default.WorkerTestResult);
}
