using Plotune.Mqtt.Agent.Configuration;
using Plotune.Mqtt.Agent.Supervision;
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
}
