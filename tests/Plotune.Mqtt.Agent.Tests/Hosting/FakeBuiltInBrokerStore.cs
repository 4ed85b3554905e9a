using Plotune.Mqtt.Agent.BuiltInBroker;

namespace Plotune.Mqtt.Agent.Tests.Hosting;

/// <summary>Keeps the settings in memory.</summary>
internal sealed class FakeBuiltInBrokerStore : IBuiltInBrokerStore
{
    private BuiltInBrokerSettings? _stored;

    public Task<BuiltInBrokerSettings?> LoadAsync(CancellationToken cancellationToken) => Task.FromResult(_stored);

    public Task SaveAsync(BuiltInBrokerSettings settings, CancellationToken cancellationToken)
    {
        _stored = settings;
        return Task.CompletedTask;
    }
}
