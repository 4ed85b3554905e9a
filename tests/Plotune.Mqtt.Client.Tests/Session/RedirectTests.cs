using System.Globalization;
using Plotune.Mqtt.Client.Session;
using Plotune.Mqtt.TestSupport;

namespace Plotune.Mqtt.Client.Tests.Session;

public sealed class RedirectTests : ConnectionTest
{
    private const byte UseAnotherServer = 0x9C;
    private const byte ServerMoved = 0x9D;

    private readonly ScriptedBroker _other = ScriptedBroker.Start(TestContext.Current.CancellationToken);

    private string Other => $"{ScriptedBroker.Host}:{_other.Port.ToString(CultureInfo.InvariantCulture)}";

    private BrokerConnectionOptions Following => Options with { FollowRedirect = true, UserName = "ada", Password = "s3cret" };

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await _other.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Theory]
    [InlineData("broker.example", "broker.example:1885")]
    [InlineData("broker.example:8883", "broker.example:8883")]
    [InlineData("10.10.151.22:8883", "10.10.151.22:8883")]
    [InlineData("[fe80::9610:3eff:fe1c]:1883", "[fe80::9610:3eff:fe1c]:1883")]
    [InlineData("[::1]", "[::1]:1885")]
    [InlineData("::1", "[::1]:1885")]
    [InlineData("  first:1 second:2", "first:1")]
    [InlineData("not/one second:2", "second:2")]
    [InlineData("b\u00FCro.example", "b\u00FCro.example:1885")]
    [InlineData("", null)]
    [InlineData(null, null)]
    [InlineData(":1883", null)]
    [InlineData("host:", null)]
    [InlineData("host:0", null)]
    [InlineData("host:65536", null)]
    [InlineData("mqtt://host:1", null)]
    [InlineData("user@host:1", null)]
    [InlineData("[fe80::1%\u001Bc]:1883", null)]
    public void Server_reference_is_understood_as_the_specification_shows_it(string? reference, string? address) =>
        Assert.Equal(address, ServerReference.First(reference, 1885)?.ToString());

    [Fact]
    public async Task Broker_that_moved_is_followed_at_once_and_for_good()
    {
        var connection = Connect(Following, new TopicSubscription("a/#"));
        await RedirectAsync(await Broker.AcceptAsync(), ServerMoved);

        var client = await _other.AcceptAsync();
        var connect = await client.AcceptSessionAsync();
        await client.GrantSubscribeAsync();
        await ReachesAsync(connection, ConnectionState.Connected);
        Assert.Equal(("ada", "s3cret"), (connect.UserName, connect.Password));
        Assert.Contains(Logger.Entries, entry => entry.EventId.Id == 1011 && entry.Message.Contains(Other, StringComparison.Ordinal));
        Logger.ThrowIfLogged("s3cret");

        client.Close();
        await SkipBackoffAsync(connection);
        await (await _other.AcceptAsync()).ExpectConnectAsync();
        Assert.False(Broker.HasPendingClient);
    }

    [Fact]
    public async Task Broker_that_moves_while_we_are_connected_is_followed()
    {
        var (_, client) = await ConnectedAsync(Following, []);

        await client.SendAsync(PacketBytes.Disconnect5(ServerMoved, PacketBytes.TextProperty(0x1C, Other)));

        await (await _other.AcceptAsync()).ExpectConnectAsync();
    }

    [Fact]
    public async Task Second_move_is_reported_and_final()
    {
        var connection = Connect(Following);
        await RedirectAsync(await Broker.AcceptAsync(), ServerMoved);
        var client = await _other.AcceptAsync();
        await client.ExpectConnectAsync();

        await client.SendConnAckAsync(ServerMoved, false, PacketBytes.TextProperty(0x1C, "third.example:1884"));

        await ReachesAsync(connection, ConnectionState.Failed);
        Assert.Equal("ServerMoved", connection.Status.ReasonName);
        Assert.Contains("third.example:1884", connection.Status.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Move_that_was_not_agreed_to_is_reported_with_the_address_and_the_way_out()
    {
        var connection = Connect(Options);

        await RedirectAsync(await Broker.AcceptAsync(), ServerMoved);

        await ReachesAsync(connection, ConnectionState.Failed);
        Assert.Contains($"has moved to {Other}. Enter that address, or allow", connection.Status.Reason, StringComparison.Ordinal);
        Assert.False(_other.HasPendingClient);
    }

    [Fact]
    public async Task Move_to_nowhere_is_final_even_if_it_may_be_followed()
    {
        var connection = Connect(Following);
        var client = await Broker.AcceptAsync();
        await client.ExpectConnectAsync();

        await client.SendConnAckAsync(ServerMoved, false, PacketBytes.TextProperty(0x1C, "see/x"));

        await ReachesAsync(connection, ConnectionState.Failed);
        Assert.Contains("It names: see/x.", connection.Status.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Temporary_redirection_is_reported_and_the_broker_asked_again_slowly()
    {
        var connection = Connect(Following);

        await RedirectAsync(await Broker.AcceptAsync(), UseAnotherServer);

        await ReachesAsync(connection, ConnectionState.Waiting);
        var status = connection.Status;
        Assert.Equal("UseAnotherServer", status.ReasonName);
        Assert.Contains($"asks to use {Other} for now", status.Reason, StringComparison.Ordinal);
        Assert.InRange(status.RetryAt!.Value - Clock.GetUtcNow(), TimeSpan.FromSeconds(29), TimeSpan.FromSeconds(60));
        await SkipBackoffAsync(connection);
        await (await Broker.AcceptAsync()).ExpectConnectAsync();
        Assert.False(_other.HasPendingClient);
    }

    private async Task RedirectAsync(ScriptedConnection client, byte code)
    {
        await client.ExpectConnectAsync();
        await client.SendConnAckAsync(code, false, PacketBytes.TextProperty(0x1C, Other));
        client.Close();
    }
}
