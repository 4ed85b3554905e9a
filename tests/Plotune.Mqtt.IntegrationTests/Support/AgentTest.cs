namespace Plotune.Mqtt.IntegrationTests.Support;

/// <summary>A test with a mosquitto and a data folder of its own.</summary>
public abstract class AgentTest : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("plotune-test-").FullName;

    internal BrokerProcess Broker { get; private set; } = null!;

    internal string DataFolder => Path.Combine(_folder, "data");

    internal string BrokerAddress => $"mqtt://127.0.0.1:{Broker.Port}/%23";

    internal string ConnectionName => $"127.0.0.1:{Broker.Port}";

    public virtual async ValueTask InitializeAsync() => Broker = await StartBrokerAsync();

    public virtual async ValueTask DisposeAsync()
    {
        await Broker.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
        GC.SuppressFinalize(this);
    }

    internal string NewFolder(string name) => Directory.CreateDirectory(Path.Combine(_folder, name)).FullName;

    /// <summary>The broker of the test; open to everybody unless overridden.</summary>
    private protected virtual Task<BrokerProcess> StartBrokerAsync() => BrokerProcess.StartAsync();

    /// <summary>An agent without Core that is connected to <see cref="Broker"/> and subscribed to everything.</summary>
    internal async Task<AgentProcess> StartConnectedAgentAsync()
    {
        var agent = await AgentProcess.StartAsync(DataFolder, "--standalone", "--connect", BrokerAddress);
        return await agent.ReadyAsync(() => agent.WaitForStatusAsync(ConnectionName, "connected"));
    }
}
