using Plotune.Mqtt.Agent.Configuration;

namespace Plotune.Mqtt.Agent.Supervision;

/// <summary>What the edge asks of the <see cref="ConnectionManager"/>: the seam between HTTP and worker processes.</summary>
internal interface IConnectionManager
{
    /// <inheritdoc cref="ConnectionManager.EventOccurred"/>
    event Action<ConnectionEvent>? EventOccurred;

    /// <inheritdoc cref="ConnectionManager.SettingsChanged"/>
    event Action? SettingsChanged;

    /// <inheritdoc cref="ConnectionManager.StartAsync"/>
    Task StartAsync(Predicate<BrokerConnectionConfig> mayConnect, CancellationToken cancellationToken);

    /// <inheritdoc cref="ConnectionManager.StopAsync"/>
    Task StopAsync(CancellationToken cancellationToken);

    /// <inheritdoc cref="ConnectionManager.List"/>
    IReadOnlyList<ConnectionSnapshot> List();

    /// <inheritdoc cref="ConnectionManager.Get"/>
    ConnectionSnapshot? Get(string name);

    /// <inheritdoc cref="ConnectionManager.PutAsync"/>
    Task<ConnectionSnapshot> PutAsync(BrokerConnectionConfig config, CancellationToken cancellationToken);

    /// <inheritdoc cref="ConnectionManager.ChangeAsync"/>
    Task<ConnectionSnapshot> ChangeAsync(Func<BrokerConnectionConfig> read, CancellationToken cancellationToken);

    /// <inheritdoc cref="ConnectionManager.DeleteAsync"/>
    Task<bool> DeleteAsync(string name, CancellationToken cancellationToken);

    /// <inheritdoc cref="ConnectionManager.RestartAllAsync"/>
    Task RestartAllAsync(CancellationToken cancellationToken);

    /// <inheritdoc cref="ConnectionManager.RestartAsync"/>
    Task<bool> RestartAsync(string name, CancellationToken cancellationToken);

    /// <inheritdoc cref="ConnectionManager.TestAsync"/>
    Task<ConnectionTestResult> TestAsync(BrokerConnectionConfig config, CancellationToken cancellationToken);

    /// <inheritdoc cref="ConnectionManager.MessagesAsync"/>
    Task<IReadOnlyList<LoggedMessage>> MessagesAsync(MessageQuery query, CancellationToken cancellationToken);
}
