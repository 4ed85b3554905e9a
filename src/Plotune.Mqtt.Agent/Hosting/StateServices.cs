using Plotune.Mqtt.Agent.Bridge;
using Plotune.Mqtt.Agent.BuiltInBroker;
using Plotune.Mqtt.Agent.Configuration;
using Plotune.Mqtt.Agent.EventSources;
using Plotune.Mqtt.Agent.Outbound;
using Plotune.Mqtt.Agent.Signals;
using Plotune.Mqtt.Agent.Storage;
using Plotune.Mqtt.Agent.Supervision;

namespace Plotune.Mqtt.Agent.Hosting;

/// <summary>Registers what lives in the data folder, and the connections with their workers.</summary>
internal static class StateServices
{
    public static void Add(IServiceCollection services, DataFolder folder, ConfiguredLimits limits)
    {
        services.AddSingleton(limits);
        services.AddSingleton(limits.Agent);
        services.AddSingleton(limits.Worker);
        services.AddSingleton(limits.Outbound);
        services.AddSingleton(provider => StateDatabase.Open(folder.DatabasePath, provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<StateDatabase>>()));
        services.AddSingleton(_ => new SecretProtector(folder.KeysPath));
        services.AddSingleton<ConnectionRepository>();
        services.AddSingleton<SignalRepository>();
        services.AddSingleton<HeldTopicsRepository>();
        services.AddSingleton<IBuiltInBrokerStore, BuiltInBrokerRepository>();
        services.AddSingleton<IEventSourceStore, EventSourceRepository>();
        services.AddSingleton<IBridgeStore, BridgeRepository>();
        services.AddSingleton<OutboundQueues>();
        services.AddSingleton<IOutboundQueues>(provider => provider.GetRequiredService<OutboundQueues>());
        services.AddSingleton<DeadLetters>();
        services.AddSingleton(provider => new SignalStore(provider.GetRequiredService<AgentLimits>(), provider.GetRequiredService<TimeProvider>(), persistent: true));
        services.AddSingleton(_ => new WorkerLauncher(WorkerCommand.Own()));
        services.AddSingleton<IConnectionManager, ConnectionManager>();
    }
}
