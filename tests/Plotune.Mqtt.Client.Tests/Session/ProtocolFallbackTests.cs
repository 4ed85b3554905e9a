using Plotune.Mqtt.TestSupport;

namespace Plotune.Mqtt.Client.Tests.Session;

public sealed class ProtocolFallbackTests : ConnectionTest
{
    public static TheoryData<string> Refusals => ["5.0 CONNACK 0x84", "3.1.1 CONNACK 0x01", "3.1.1 CONNACK 0x00", "orderly close"];

    [Theory]
    [MemberData(nameof(Refusals))]
    public async Task Broker_that_refuses_5_0_is_asked_for_3_1_1_at_once_and_from_then_on(string refusal)
    {
        var connection = Connect(Options);
        await RefuseAsync(refusal);

        var second = await Broker.AcceptAsync();
        var connect = await second.AcceptSessionAsync();
        Assert.Equal(4, connect.ProtocolLevel);
        await ReachesAsync(connection, ConnectionState.Connected);
        Assert.DoesNotContain(Observer.Statuses, status => status.State == ConnectionState.Waiting);

        second.Close();
        await SkipBackoffAsync(connection);
        Assert.Equal(4, (await (await Broker.AcceptAsync()).ExpectConnectAsync()).ProtocolLevel);
    }

    [Fact]
    public async Task Silence_is_no_reason_to_fall_back()
    {
        var connection = Connect(Options);
        await (await Broker.AcceptAsync()).ExpectConnectAsync();
        Clock.Advance(Options.RequestTimeout);

        await SkipBackoffAsync(connection);

        Assert.Equal(5, (await (await Broker.AcceptAsync()).ExpectConnectAsync()).ProtocolLevel);
    }

    [Fact]
    public async Task Reset_is_no_reason_to_fall_back()
    {
        var connection = Connect(Options);
        var client = await Broker.AcceptAsync();
        await client.ExpectConnectAsync();
        client.Reset();

        var status = await SkipBackoffAsync(connection);

        Assert.Equal("ConnectionReset", status.ReasonName);
        Assert.Equal(5, (await (await Broker.AcceptAsync()).ExpectConnectAsync()).ProtocolLevel);
    }

    [Theory]
    [InlineData("orderly close")]
    [InlineData("3.1.1 CONNACK 0x01")]
    public async Task Broker_that_refuses_both_versions_is_asked_for_5_0_again_later(string refusal)
    {
        var connection = Connect(Options);
        await RefuseAsync(refusal);
        Assert.Equal(4, await RefuseAsync(refusal));

        await SkipBackoffAsync(connection);

        Assert.Equal(5, (await (await Broker.AcceptAsync()).ExpectConnectAsync()).ProtocolLevel);
    }

    [Fact]
    public async Task Silent_close_of_a_broker_that_spoke_5_0_before_is_no_reason_to_fall_back()
    {
        var (connection, client) = await ConnectedAsync(Options, []);
        client.Close();
        await SkipBackoffAsync(connection);
        await RefuseAsync("orderly close");

        await SkipBackoffAsync(connection);

        Assert.Equal(5, (await (await Broker.AcceptAsync()).ExpectConnectAsync()).ProtocolLevel);
    }

    [Fact]
    public async Task Silent_close_under_a_fixed_version_is_tried_again()
    {
        var connection = Connect(Options with { Protocol = ProtocolPreference.V500 });
        await RefuseAsync("orderly close");

        var status = await SkipBackoffAsync(connection);

        Assert.Equal("ClosedBeforeConnAck", status.ReasonName);
        Assert.Equal(5, (await (await Broker.AcceptAsync()).ExpectConnectAsync()).ProtocolLevel);
    }

    private async Task<int> RefuseAsync(string refusal)
    {
        var client = await Broker.AcceptAsync();
        var connect = await client.ExpectConnectAsync();
        if (refusal == "5.0 CONNACK 0x84")
            await client.SendAsync(PacketBytes.ConnAck5(0x84));
        else if (refusal == "3.1.1 CONNACK 0x01")
            await client.SendAsync(new byte[] { 0x20, 2, 0, 1 });
        else if (refusal == "3.1.1 CONNACK 0x00")
            await client.SendAsync(new byte[] { 0x20, 2, 0, 0 });
        client.Close();
        return connect.ProtocolLevel;
    }
}
