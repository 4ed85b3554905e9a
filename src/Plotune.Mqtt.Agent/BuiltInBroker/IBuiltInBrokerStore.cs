namespace Plotune.Mqtt.Agent.BuiltInBroker;

/// <summary>Where the settings survive a restart.</summary>
internal interface IBuiltInBrokerStore
{
    /// <summary>Null if nobody has changed them yet.</summary>
    Task<BuiltInBrokerSettings?> LoadAsync(CancellationToken cancellationToken);

    Task SaveAsync(BuiltInBrokerSettings settings, CancellationToken cancellationToken);
}
