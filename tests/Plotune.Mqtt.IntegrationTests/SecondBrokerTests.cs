using Plotune.Mqtt.Client;
using Plotune.Mqtt.IntegrationTests.Support;

namespace Plotune.Mqtt.IntegrationTests;

/// <summary>nats-server, since one broker is one opinion. It speaks MQTT 3.1.1 up to QoS 1, and refuses 5.0.</summary>
public sealed class SecondBrokerTests : IAsyncLifetime
{
    private NatsProcess _server = null!;

    public async ValueTask InitializeAsync() => _server = await NatsProcess.StartAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Protocol_falls_back_and_messages_pass_at_both_qualities()
    {
        await using var connection = Connect(cleanStart: true);
        await connection.ConnectedAsync();

        await connection.AssertRoundTripAsync("plant/line1/speed", QualityOfService.AtMostOnce);
        await connection.AssertRoundTripAsync("plant/line1/speed");

        Assert.Equal("3.1.1", connection.Status.Protocol);
    }

    [Fact]
    public async Task Connection_comes_back_after_the_server_was_killed()
    {
        await using var connection = Connect(cleanStart: false);
        await connection.ConnectedAsync();
        await connection.AssertRoundTripAsync("plant/line1/speed");

        await _server.StopAsync();
        await Eventually.ThatAsync("the loss is noticed", () => connection.Status.State != ConnectionState.Connected);
        await _server.StartAgainAsync();

        await connection.ConnectedAsync();
        await connection.AssertRoundTripAsync("plant/line1/speed");
        Assert.Equal(1, connection.Status.Reconnects);
    }

    private ClientConnection Connect(bool cleanStart) => new(
        new BrokerConnectionOptions { Address = new BrokerAddress("127.0.0.1", _server.Port), ClientId = $"tester-{Guid.NewGuid():N}", CleanStart = cleanStart },
        new TopicSubscription("plant/#", QualityOfService.AtLeastOnce));
}
