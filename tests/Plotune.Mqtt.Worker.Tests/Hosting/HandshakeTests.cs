using Microsoft.Extensions.Logging;
using Plotune.Mqtt.Client;
using Plotune.Mqtt.Worker.Ipc;

namespace Plotune.Mqtt.Worker.Tests.Hosting;

public sealed class HandshakeTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_worker_says_hello_first_and_unasked()
    {
        await using var agent = AgentSide.Create(Token);

        Assert.Equal(HelloFrame.Own, HelloFrame.Read(agent.Expect(FrameKind.Hello)));
    }

    [Fact]
    public async Task Another_version_of_the_contract_ends_the_worker_with_words()
    {
        await using var agent = AgentSide.Create(Token);

        agent.Writer.Write(FrameKind.Hello, new HelloFrame(HelloFrame.ContractVersion + 1, 1).ToBody());

        Assert.Equal(2, await agent.ExitAsync());
        Assert.Contains($"version {HelloFrame.ContractVersion + 1}", Assert.Single(agent.Logger.Entries, entry => entry.Level == LogLevel.Error).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task End_of_input_ends_the_worker_even_before_hello()
    {
        await using var agent = AgentSide.Create(Token);

        agent.CloseInput();

        Assert.Equal(0, await agent.ExitAsync());
        agent.Logger.ThrowOnErrors();
    }

    [Fact]
    public async Task Cancelling_ends_the_worker_although_its_input_stays_open()
    {
        await using var agent = AgentSide.Create(Token);

        agent.Cancel();

        Assert.Equal(0, await agent.ExitAsync());
    }

    [Fact]
    public async Task Shutdown_before_start_ends_the_worker()
    {
        await using var agent = AgentSide.Create(Token);

        agent.Writer.Write(FrameKind.Hello, HelloFrame.Own.ToBody());
        agent.Writer.Write(FrameKind.Shutdown, []);

        Assert.Equal(0, await agent.ExitAsync());
    }

    [Fact]
    public async Task Ping_is_answered_before_start()
    {
        await using var agent = AgentSide.Create(Token);

        agent.Writer.Write(FrameKind.Hello, HelloFrame.Own.ToBody());
        agent.Writer.Write(FrameKind.Ping, [1, 2, 3, 4, 5, 6, 7, 8]);

        Assert.Equal([1, 2, 3, 4, 5, 6, 7, 8], agent.Expect(FrameKind.Pong));
    }

    [Theory]
    [InlineData((byte)FrameKind.Ping, false, "first frame")]
    [InlineData(250, true, "250")]
    [InlineData((byte)FrameKind.Samples, true, "Samples")]
    [InlineData((byte)FrameKind.Hello, true, "Hello")]
    [InlineData((byte)FrameKind.Subscribe, true, "Subscribe")]
    [InlineData((byte)FrameKind.Pace, true, "Pace")]
    [InlineData((byte)FrameKind.Ping, true, "0 bytes instead of 8")]
    [InlineData((byte)FrameKind.Start, true, "Start")]
    public async Task A_frame_that_does_not_belong_there_ends_the_worker_with_words(byte kind, bool greets, string words)
    {
        await using var agent = AgentSide.Create(Token);

        if (greets)
            agent.Writer.Write(FrameKind.Hello, HelloFrame.Own.ToBody());
        agent.Writer.Write((FrameKind)kind, []);

        Assert.Equal(2, await agent.ExitAsync());
        Assert.Contains(words, Assert.Single(agent.Logger.Entries, entry => entry.Level == LogLevel.Error).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Settings_that_cannot_be_used_end_the_worker_and_name_every_fault()
    {
        await using var agent = AgentSide.Start(70_000, Token, settings => settings with { Protocol = "4", Topics = [new WorkerTopic("a", 3)], Limits = new WorkerLimits { MaximumSignals = 0 } });

        Assert.Equal(2, await agent.ExitAsync());
        var error = Assert.Single(agent.Logger.Entries, entry => entry.Level == LogLevel.Error).ToString();
        Assert.All(["port 70000", "protocol", "QoS 3", "maximumSignals"], fault => Assert.Contains(fault, error, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Settings_of_transport_will_and_parts_that_cannot_be_used_are_named_without_their_secrets()
    {
        await using var agent = AgentSide.Start(1883, Token, settings => settings with
        {
            Transport = (BrokerTransport)9,
            Path = "mqtt",
            Headers = [new WorkerHeader("Authorization", "hunter2\n")],
            Tls = new WorkerTls { Verify = (TlsVerification)5, ApplicationProtocols = [""] },
            Proxy = new WorkerProxy("", 8080) { Password = "hunter2" },
            Will = new WorkerWill("a/#", new string('x', 65_536)) { Qos = 3, DelaySeconds = -1 },
            SigningSecret = "",
            VerifySecret = "",
            Part = 2,
            Parts = 2,
            Topics = [new WorkerTopic("a", 0) { RetainHandling = 3 }],
            HeldTopics = [new WorkerHeldTopic(new WorkerTopic("", 0), true)],
        });

        Assert.Equal(2, await agent.ExitAsync());
        var error = Assert.Single(agent.Logger.Entries, entry => entry.Level == LogLevel.Error).ToString();
        Assert.All(
            ["transport 9", "path", "a header", "verify 5", "application protocol", "proxy", "topic of the will", "QoS 3 of the will", "delaySeconds -1", "payload of the will", "signingSecret", "verifySecret", "part 2 of 2", "retainHandling 3", "filter is empty"],
            fault => Assert.Contains(fault, error, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(null, 65_535, true)]
    [InlineData("hunter2", 65_535, false)]
    [InlineData("hunter2", 65_426, true)]
    [InlineData("hunter2", 65_427, false)]
    public async Task A_will_must_fit_into_its_packet_signed_if_it_is_to_be_signed(string? secret, int length, bool fits)
    {
        await using var agent = AgentSide.Start(1, Token, settings => settings with { SigningSecret = secret, Will = new WorkerWill("will", new string('x', length)) });

        if (fits)
            agent.ExpectState("connecting");
        else
            Assert.Equal(2, await agent.ExitAsync());
    }

    [Fact]
    public async Task Settings_that_are_no_JSON_are_not_repeated_in_words()
    {
        await using var agent = AgentSide.Create(Token);

        agent.Writer.Write(FrameKind.Hello, HelloFrame.Own.ToBody());
        agent.Writer.Write(FrameKind.Start, """{"name":"n","host":"h","port":"hunter2"}"""u8);

        Assert.Equal(2, await agent.ExitAsync());
        agent.Logger.ThrowIfLogged("hunter2");
    }
}
