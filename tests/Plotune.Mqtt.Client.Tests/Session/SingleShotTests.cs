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

    [Theory]
    [InlineData(0x89, "ServerBusy")]
    [InlineData(0x87, "NotAuthorized")]
    [InlineData(0x9C, "UseAnotherServer")]
    [InlineData(0x9D, "ServerMoved")]
    public async Task Refusal_is_the_end_and_counts_as_one(byte code, string name)
    {
        var connection = Connect(Once);
        var client = await Broker.AcceptAsync();
        await client.ExpectConnectAsync();

        await client.SendConnAckAsync(code);

        await ReachesAsync(connection, ConnectionState.Failed);
        Assert.Equal((name, ConnectionEndCause.Refused), (connection.Status.ReasonName, connection.Status.Cause));
    }
}
