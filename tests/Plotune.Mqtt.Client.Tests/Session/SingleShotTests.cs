namespace Plotune.Mqtt.Client.Tests.Session;

public sealed class SingleShotTests : ConnectionTest
{
    private BrokerConnectionOptions Once => Options with { Reconnect = false, Protocol = ProtocolPreference.V500 };

    [Fact]
    public async Task End_of_the_connection_is_the_end()
    {
        var (connection, client) = await ConnectedAsync(Once, []);

        client.Close();

        await ReachesAsync(connection, ConnectionState.Failed);
        Assert.Equal("ConnectionClosed", connection.Status.ReasonName);
        Assert.DoesNotContain(Observer.Statuses, status => status.State == ConnectionState.Waiting);
    }

    [Fact]
    public async Task Refusal_that_may_pass_is_the_end()
    {
        var connection = Connect(Once);
        var client = await Broker.AcceptAsync();
        await client.ExpectConnectAsync();

        await client.SendConnAckAsync(0x89);

        await ReachesAsync(connection, ConnectionState.Failed);
        Assert.Equal("ServerBusy", connection.Status.ReasonName);
    }
}
