using Plotune.Mqtt.Client;

namespace Plotune.Mqtt.Agent.Demo.Plant;

/// <summary>
/// A small plant that publishes like a real one: a gateway that speaks for the sensors of a hall and for a machine, and a press with a connection of its
/// own that is torn off every now and then, so that its will is published, and comes back.
/// </summary>
/// <param name="drop">Cuts the network connection of the client named, without a goodbye.</param>
internal sealed class SimulatedPlant(BrokerAddress broker, int seed, Func<string, Task> drop, TimeProvider timeProvider, ILoggerFactory loggerFactory)
{
    public const string PressClientId = "demo-press";

    private const string Gateway = "demo-gateway";
    private const string PressStatus = "demo/press/status";

    private static readonly TimeSpan PublishTime = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan PressOnline = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan PressAway = TimeSpan.FromSeconds(10);

    /// <summary>The devices behind the gateway.</summary>
    internal IReadOnlyList<ISimulatedDevice> Devices { get; } =
    [
        new VibrationSensor("demo/mill/spindle/vibration", seed),
        new SlowSensor("demo/hall/temperature", "°C", "Air temperature, hall 1", 21.5, 3, seed + 1),
        new SlowSensor("demo/hall/humidity", "%", "Relative humidity, hall 1", 46, 10, seed + 2),
        new SlowSensor("demo/mill/coolant/temperature", "°C", "Coolant, supply line", 28, 6, seed + 3),
        new SlowSensor("demo/compressor/pressure", "bar", "Compressed air, main line", 6.8, 0.6, seed + 4),
        new MillingMachine("demo/mill", "VMC-2021-0417", seed + 5),
    ];

    /// <summary>Publishes until cancelled.</summary>
    public Task RunAsync(CancellationToken cancellationToken) => Task.WhenAll(RunGatewayAsync(cancellationToken), RunPressAsync(cancellationToken));

    private async Task RunGatewayAsync(CancellationToken cancellationToken)
    {
        await using var connection = Connect(Gateway, will: null);
        await Task.WhenAll(Devices.Select(device => RunDeviceAsync(device, connection, cancellationToken)));
    }

    private async Task RunPressAsync(CancellationToken cancellationToken)
    {
        var force = new PressForce("demo/press/force", seed + 6);
        var will = new WillMessage(PressStatus, "offline"u8.ToArray(), QualityOfService.AtLeastOnce, Retain: true);
        while (!cancellationToken.IsCancellationRequested)
        {
            await using var connection = Connect(PressClientId, will);
            using var shift = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            await using var end = timeProvider.CreateTimer(_ => shift.Cancel(), null, PressOnline, Timeout.InfiniteTimeSpan);
            await Task.WhenAll(SayOnlineAsync(connection, shift.Token), RunDeviceAsync(force, connection, shift.Token));
            if (cancellationToken.IsCancellationRequested) return;
            await drop(PressClientId);
            await connection.DisposeAsync();
            await Task.Delay(PressAway, timeProvider, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task SayOnlineAsync(BrokerConnection connection, CancellationToken cancellationToken)
    {
        var online = new PlantMessage(PressStatus, "online", QualityOfService.AtLeastOnce, Retain: true).ToPublish();
        while (!cancellationToken.IsCancellationRequested && (await PublishAsync(connection, online, cancellationToken)).Outcome != PublishOutcome.Delivered)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(100), timeProvider, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task RunDeviceAsync(ISimulatedDevice device, BrokerConnection connection, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(device.Interval, timeProvider);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken))
            {
                // A device does not know about its gateway: while there is no connection its messages are lost, as they would be in a plant.
                if (connection.Status.State != ConnectionState.Connected) continue;
                foreach (var message in device.Tick(timeProvider.GetUtcNow())) await PublishAsync(connection, message.ToPublish(), cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The end of the shift, or of the demo.
        }
    }

    private static async Task<PublishResult> PublishAsync(BrokerConnection connection, OutboundPublish publish, CancellationToken cancellationToken)
    {
        try
        {
            return await connection.PublishAsync(publish, PublishTime, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return new PublishResult(PublishOutcome.ConnectionLost);
        }
    }

    private BrokerConnection Connect(string clientId, WillMessage? will)
    {
        var options = new BrokerConnectionOptions { Address = broker, ClientId = clientId, Will = will };
        var connection = new BrokerConnection(options, [], SilentObserver.Instance, SilentObserver.Instance, loggerFactory.CreateLogger<SimulatedPlant>(), timeProvider);
        connection.Start();
        return connection;
    }
}
