using Plotune.Mqtt.Agent.Configuration;
using Plotune.Mqtt.Agent.Supervision;
using Plotune.Mqtt.Client;
using Plotune.Mqtt.Worker.Ipc;

namespace Plotune.Mqtt.Agent.Tests.Supervision;

public sealed class WorkerSettingsFactoryTests
{
    [Theory]
    [InlineData(0u)]
    [InlineData(3600u)]
    [InlineData(uint.MaxValue)] // never ends
    public void A_session_expiry_reaches_the_worker_as_it_is(uint seconds)
    {
        var config = ManagerFixture.Config("plant") with { SessionExpiry = TimeSpan.FromSeconds(seconds) };

        Assert.Equal(seconds, WorkerSettingsFactory.Create(new WorkerTask(config, WorkerShares.Of(config)[0]), WorkerMode.Run, new WorkerLimits(), [], []).SessionExpirySeconds);
    }

    [Theory]
    [InlineData("topics", "", "")]
    [InlineData("will", "0", "")]
    [InlineData("tls", "0,1", "tls")]
    [InlineData("tls", "", "ws")]
    [InlineData("headers", "0,1", "ws")]
    [InlineData("headers", "", "tls")]
    [InlineData("keepAlive", "0,1", "")]
    [InlineData("producer", "", "")]
    public void Only_workers_that_a_change_concerns_are_started_anew(string change, string workers, string transport)
    {
        var before = ManagerFixture.Config("plant") with
        {
            Workers = 2,
            Transport = transport switch
            {
                "tls" => BrokerTransport.Tls,
                "ws" => BrokerTransport.WebSocket,
                _ => BrokerTransport.Tcp,
            },
        };
        var after = change switch
        {
            "topics" => before with { Topics = [new TopicFilterConfig("other")], ShareGroup = "" },
            "will" => before with { Will = new WillConfig("w", "gone") },
            "tls" => before with { Tls = new TlsConfig { ServerName = "other" } },
            "headers" => before with { Headers = [new HeaderConfig("X", Secret.From("y"))], Path = "/other" },
            "keepAlive" => before with { KeepAlive = TimeSpan.FromSeconds(5) },
            _ => before with { Producer = true },
        };

        var restarted = WorkerShares.Of(before).Zip(WorkerShares.Of(after), (one, other) => (one, other))
            .Where(shares => WorkerSettingsFactory.NeedsRestart(new WorkerTask(before, shares.one), new WorkerTask(after, shares.other)))
            .Select(shares => shares.one.Index);

        Assert.Equal(workers, string.Join(',', restarted));
    }
}
