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

    [Fact]
    public async Task Stream_that_ends_inside_a_packet_was_ended_by_the_broker()
    {
        var (connection, client) = await ConnectedAsync(Once, []);

        await client.SendAsync((byte[])[0x30, 0x10, 0, 1]);
        client.Close();

        await ReachesAsync(connection, ConnectionState.Failed);
        Assert.Equal(("ConnectionCut", ConnectionEndCause.EndedByBroker), (connection.Status.ReasonName, connection.Status.Cause));
    }

    [Fact]
    public async Task What_CONNECT_cannot_carry_counts_as_no_connection()
    {
        var connection = Connect(Once with { Protocol = ProtocolPreference.V311, ClientId = "", CleanStart = false });

        await ReachesAsync(connection, ConnectionState.Failed);
        Assert.Equal(("ClientIdentifierNotValid", ConnectionEndCause.Unreachable), (connection.Status.ReasonName, connection.Status.Cause));
    }

    [Theory]
    [InlineData(new byte[] { 0xE0, 0x01, 0x8B }, "ServerShuttingDown")]
    [InlineData(new byte[] { 0xFF, 0x00 }, "ProtocolViolation")]
    public async Task Told_to_stop_while_the_connection_is_being_closed_it_still_says_how_that_ended(byte[] packet, string name)
    {
        var (connection, client) = await ConnectedAsync(Once, []);
        await client.SendAsync(packet);
        // Our direction has ended, and the broker's has not, so that the connection is not closed yet.
        await client.DrainAsync();

        await connection.DisposeAsync();

        Assert.Equal(name, Assert.Single(Observer.Statuses, status => status.State == ConnectionState.Failed).ReasonName);
    }

    [Fact]
    public async Task Told_to_stop_while_a_connection_without_CONNACK_is_being_closed_it_still_says_how_that_ended()
    {
        var connection = Connect(Once);
        var client = await Broker.AcceptAsync();
        await client.ExpectConnectAsync();
        await client.SendAsync((byte[])[0xD0, 0x00]);
        await client.DrainAsync();

        await connection.DisposeAsync();

        var end = Assert.Single(Observer.Statuses, status => status.State == ConnectionState.Failed);
        Assert.Equal(("ProtocolViolation", ConnectionEndCause.ProtocolViolation), (end.ReasonName, end.Cause));
    }

    [Fact]
    public async Task Refused_and_told_to_stop_it_still_says_so()
    {
        var connection = Connect(Once);
        var client = await Broker.AcceptAsync();
        await client.ExpectConnectAsync();
        await client.SendConnAckAsync(0x87);
        await client.DrainAsync();

        await connection.DisposeAsync();

        var end = Assert.Single(Observer.Statuses, status => status.State == ConnectionState.Failed);
        Assert.Equal(("NotAuthorized", ConnectionEndCause.Refused), (end.ReasonName, end.Cause));
    }
}
