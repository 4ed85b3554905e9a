using Plotune.Mqtt.Agent.BuiltInBroker;
using Plotune.Mqtt.Agent.Configuration;
using Plotune.Mqtt.Agent.Demo.Plant;
using Plotune.Mqtt.Agent.Hosting;
using Plotune.Mqtt.Agent.Storage;
using Plotune.Mqtt.Client;
using Serilog.Core;
using Serilog.Extensions.Logging;

namespace Plotune.Mqtt.Agent.Demo;

/// <summary>One demo: broker, plant and agent, ended together.</summary>
internal sealed class DemoRun(PluginManifest manifest, DataFolder data, int seed, Logger logger)
{
    /// <summary>Where people look first; a port that is taken gives way to a free one.</summary>
    private static readonly int[] HttpPorts = [9000, 0];

    private static readonly int[] BrokerPorts = [BrokerAddress.DefaultPort, 0];

    /// <param name="ready">Called with the agent's address and the broker's port once both listen.</param>
    /// <returns>An <see cref="ExitCode"/>.</returns>
    public async Task<int> RunAsync(Action<Uri, int> ready, CancellationToken cancellationToken)
    {
        using var loggerFactory = new SerilogLoggerFactory(logger);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            await using var broker = await OnFirstFreeAsync(BrokerPorts, port => StartBrokerAsync(port, loggerFactory, ending.Token));
            var address = new BrokerAddress("127.0.0.1", broker.Address.Port);
            var plant = new SimulatedPlant(address, seed, broker.DropAsync, TimeProvider.System, loggerFactory).RunAsync(ending.Token);
            var agent = OnFirstFreeAsync(HttpPorts, port => RunAgentAsync(port, address, ready, ending.Token));
            await Task.WhenAny(plant, agent);
            await ending.CancelAsync();
            // Both have ended before the broker, and whatever else they work with, is taken from under them.
            await Task.WhenAll(plant, agent);
            return await agent;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return ExitCode.Stopped;
        }
    }

    private static async Task<T> OnFirstFreeAsync<T>(int[] ports, Func<int, Task<T>> start)
    {
        foreach (var port in ports[..^1])
        {
            try
            {
                return await start(port);
            }
            catch (PortInUseException)
            {
                // The next one, then.
            }
        }

        return await start(ports[^1]);
    }

    private static Task<BrokerServer> StartBrokerAsync(int port, ILoggerFactory loggerFactory, CancellationToken cancellationToken)
    {
        var counters = new BrokerCounters(TimeProvider.System, loggerFactory.CreateLogger<BrokerCounters>());
        return BrokerServer.StartAsync(new BrokerOptions { Port = port }, counters, TimeProvider.System, loggerFactory, cancellationToken);
    }

    private async Task<int> RunAgentAsync(int port, BrokerAddress broker, Action<Uri, int> ready, CancellationToken cancellationToken)
    {
        var settings = new AgentSettings
        {
            Manifest = manifest,
            Standalone = true,
            Port = port,
            Connect = [new TypedAddress(new BrokerUri { Address = broker, TopicFilter = "#" }, NamesTransport: true, NamesPort: true)],
        };
        await using var application = AgentApplication.Build(settings, logger, services => StateServices.Add(services, data, manifest.Limits));
        return await application.RunAsync(listening => ready(listening.Address, broker.Port), cancellationToken);
    }
}
