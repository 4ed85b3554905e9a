using Plotune.Mqtt.TestSupport;

namespace Plotune.Mqtt.Client.Tests.Session;

public sealed class WillTests : ConnectionTest
{
    private static readonly WillMessage Will = new("last/words", "gone"u8.ToArray(), QualityOfService.ExactlyOnce, Retain: true)
    {
        Delay = TimeSpan.FromSeconds(3),
        Properties = new MessageProperties
        {
            IsText = true,
            Expiry = TimeSpan.FromMinutes(1),
            ContentType = "text/plain",
            ResponseTopic = "answers",
            CorrelationData = new byte[] { 9 },
            UserProperties = [new("a", "b")],
        },
    };

    public static TheoryData<string, WillMessage> Unusable => new()
    {
        { "a wildcard in its topic", Will with { Topic = "last/#" } },
        { "no topic", Will with { Topic = "" } },
        { "a payload too long", Will with { Payload = new byte[65_536] } },
        { "QoS 3", Will with { QualityOfService = (QualityOfService)3 } },
        { "a negative delay", Will with { Delay = TimeSpan.FromSeconds(-1) } },
    };

    [Fact]
    public async Task Will_is_sent_with_all_its_properties()
    {
        Connect(Options with { Will = Will });

        var connect = await (await Broker.AcceptAsync()).ExpectConnectAsync();

        Assert.Equal(("last/words", 2, true), (connect.WillTopic, connect.WillQos, connect.WillRetain));
        Assert.Equal("gone"u8.ToArray(), connect.WillPayload);
        var properties = connect.WillProperties!;
        Assert.Equal((3u, 1u, 60u), ((uint)properties[0x18], (uint)properties[0x01], (uint)properties[0x02]));
        Assert.Equal(("text/plain", "answers", ("a", "b")), ((string)properties[0x03], (string)properties[0x08], properties[0x26]));
        Assert.Equal(new byte[] { 9 }, properties[0x09]);
    }

    [Fact]
    public async Task Will_of_3_1_1_is_sent_without_properties()
    {
        Connect(Options with { Will = Will, Protocol = ProtocolPreference.V311 });

        var connect = await (await Broker.AcceptAsync()).ExpectConnectAsync();

        Assert.Equal(("last/words", 2, true), (connect.WillTopic, connect.WillQos, connect.WillRetain));
        Assert.Equal("gone"u8.ToArray(), connect.WillPayload);
    }

    [Fact]
    public async Task Largest_will_is_sent()
    {
        Connect(Options with { Will = Will with { Payload = Enumerable.Repeat((byte)'x', 65_535).ToArray() } });

        Assert.Equal(65_535, (await (await Broker.AcceptAsync()).ExpectConnectAsync()).WillPayload!.Length);
    }

    [Theory]
    [MemberData(nameof(Unusable))]
    public async Task Will_that_cannot_be_sent_fails_before_connecting(string what, WillMessage will)
    {
        Assert.NotEmpty(what);
        var connection = Connect(Options with { Will = will });

        await ReachesAsync(connection, ConnectionState.Failed);

        Assert.Equal("WillInvalid", connection.Status.ReasonName);
        Assert.Contains("Will message", connection.Status.Reason, StringComparison.Ordinal);
        Assert.False(Broker.HasPendingClient);
    }

    [Fact]
    public async Task Properties_that_cannot_be_sent_matter_in_5_0_only()
    {
        var will = Will with { Properties = new MessageProperties { ResponseTopic = "a/#" } };
        await ReachesAsync(Connect(Options with { Will = will }), ConnectionState.Failed);

        Connect(Options with { Will = will, Protocol = ProtocolPreference.V311 });

        Assert.Equal("last/words", (await (await Broker.AcceptAsync()).ExpectConnectAsync()).WillTopic);
    }

    [Theory]
    [InlineData(ProtocolPreference.V500)]
    [InlineData(ProtocolPreference.V311)]
    public async Task Stop_withdraws_the_will_after_the_last_message(ProtocolPreference protocol)
    {
        var (connection, client) = await ConnectedAsync(Options with { Will = Will, Protocol = protocol }, []);
        await connection.PublishAsync(new OutboundPublish("last", "1"u8.ToArray(), QualityOfService.AtMostOnce), TimeSpan.FromSeconds(10), Token);

        var stop = connection.DisposeAsync().AsTask();

        Assert.Equal("last", (await client.ExpectPublishAsync()).Topic);
        // Nothing but a normal DISCONNECT withdraws it [MQTT-3.14.4-3].
        Assert.Equal(protocol == ProtocolPreference.V500 ? [0, 0] : [], (await client.ExpectAsync(PacketType.Disconnect)).Body);
        await client.ExpectEndAsync();
        client.Close();
        await Eventually.CompletesAsync("the stop", stop, Token);
    }

    [Theory]
    [InlineData(ProtocolPreference.V500)]
    [InlineData(ProtocolPreference.V311)]
    public async Task Breach_of_protocol_leaves_the_will_to_be_published(ProtocolPreference protocol)
    {
        var (_, client) = await ConnectedAsync(Options with { Will = Will, Protocol = protocol }, []);

        await client.SendAsync(new byte[] { 0x36, 5, 0, 1, (byte)'a', 0, 1 });

        var last = await client.DrainAsync();
        if (protocol == ProtocolPreference.V500)
            Assert.Equal(0x81, Assert.Single(last).Body[0]);
        else
            Assert.Empty(last);
    }

    [Theory]
    [InlineData("\0", null, null, "ClientIdentifierNotValid")]
    [InlineData("c", "u\0", null, "BadUserNameOrPassword")]
    [InlineData("c", "u", 65_536, "BadUserNameOrPassword")]
    public async Task Text_that_CONNECT_cannot_carry_fails_before_connecting(string clientId, string? userName, int? passwordLength, string name)
    {
        var password = passwordLength is { } length ? new string('x', length) : null;
        var connection = Connect(Options with { ClientId = clientId, UserName = userName, Password = password });

        await ReachesAsync(connection, ConnectionState.Failed);

        Assert.Equal(name, connection.Status.ReasonName);
        Assert.False(Broker.HasPendingClient);
    }
}
