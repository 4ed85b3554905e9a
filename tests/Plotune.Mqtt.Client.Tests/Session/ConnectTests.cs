using Plotune.Mqtt.TestSupport;

namespace Plotune.Mqtt.Client.Tests.Session;

public sealed class ConnectTests : ConnectionTest
{
    [Fact]
    public async Task Connect_carries_every_setting_of_MQTT_5()
    {
        Connect(Options with
        {
            UserName = "ada",
            Password = "s3cret",
            KeepAlive = TimeSpan.FromSeconds(42),
            SessionExpiry = TimeSpan.FromMinutes(5),
            ReceiveMaximum = 77,
            MaximumPacketSize = 65_000,
            TopicAliasMaximum = 9,
            Will = new WillMessage("last/words", "gone"u8.ToArray(), QualityOfService.AtLeastOnce, Retain: true) { Delay = TimeSpan.FromSeconds(3) },
        });

        var connect = await (await Broker.AcceptAsync()).ExpectConnectAsync();

        Assert.Equal(5, connect.ProtocolLevel);
        Assert.True(connect.CleanStart);
        Assert.Equal(("tester", "ada", "s3cret", 42), (connect.ClientId, connect.UserName, connect.Password, connect.KeepAliveSeconds));
        Assert.Equal((300u, 77u, 65_000u, 9u), ((uint)connect.Properties[0x11], (uint)connect.Properties[0x21], (uint)connect.Properties[0x27], (uint)connect.Properties[0x22]));
        Assert.Equal(("last/words", 1, true), (connect.WillTopic, connect.WillQos, connect.WillRetain));
        Assert.Equal("gone"u8.ToArray(), connect.WillPayload);
        Assert.Equal(3u, connect.WillProperties![0x18]);
    }

    [Fact]
    public async Task Connect_of_MQTT_3_1_1_carries_every_setting_it_knows()
    {
        Connect(Options with
        {
            Protocol = ProtocolPreference.V311,
            CleanStart = false,
            UserName = "ada",
            Password = "s3cret",
            KeepAlive = TimeSpan.FromSeconds(42),
            SessionExpiry = TimeSpan.FromMinutes(5),
            Will = new WillMessage("last/words", "gone"u8.ToArray()) { Delay = TimeSpan.FromSeconds(3) },
        });

        var connect = await (await Broker.AcceptAsync()).ExpectConnectAsync();

        Assert.Equal((4, false), (connect.ProtocolLevel, connect.CleanStart));
        Assert.Equal(("tester", "ada", "s3cret", 42), (connect.ClientId, connect.UserName, connect.Password, connect.KeepAliveSeconds));
        Assert.Equal("last/words", connect.WillTopic);
    }

    [Theory]
    [InlineData(ProtocolPreference.V500, "5.0")]
    [InlineData(ProtocolPreference.V311, "3.1.1")]
    public async Task Connection_is_connected_once_every_SUBACK_has_come(ProtocolPreference protocol, string name)
    {
        var connection = Connect(Options with { Protocol = protocol }, new TopicSubscription("a/#"));
        var client = await Broker.AcceptAsync();
        await client.AcceptSessionAsync();
        var subscribe = await client.ExpectSubscribeAsync();
        Assert.Equal(ConnectionState.Connecting, connection.Status.State);

        await client.SendSubAckAsync(subscribe.PacketIdentifier, 0);

        await ReachesAsync(connection, ConnectionState.Connected);
        Assert.Equal((name, "tester", 0), (connection.Status.Protocol, connection.Status.ClientId, connection.Status.Reconnects));
        Logger.ThrowOnErrors();
    }

    [Fact]
    public async Task Messages_reach_the_handler()
    {
        var (connection, client) = await ConnectedAsync(Options, [new TopicSubscription("a/#")]);

        await client.SendPublishAsync("a/b", "hello"u8.ToArray());

        await Eventually.TrueAsync("the message is there", () => Handler.Messages.Count == 1, Token);
        Assert.Equal(("a/b", "hello"), Handler.Messages[0]);
        Assert.Equal(1, connection.PublishesReceived);
        Assert.True(connection.BytesReceived > 0);
    }

    [Fact]
    public async Task Assigned_client_identifier_is_shown_and_used_again()
    {
        var (connection, client) = await ConnectedAsync(Options with { ClientId = "" }, [], PacketBytes.TextProperty(0x12, "given-by-broker"));
        Assert.Equal("given-by-broker", connection.Status.ClientId);
        client.Close();

        await SkipBackoffAsync(connection);

        var connect = await (await Broker.AcceptAsync()).ExpectConnectAsync();
        Assert.Equal("given-by-broker", connect.ClientId);
    }

    [Conformance("5.0", "MQTT-3.1.2-21", "MQTT-3.2.2-21")]
    [Fact]
    public async Task Server_keep_alive_takes_precedence()
    {
        var (_, client) = await ConnectedAsync(Options with { KeepAlive = TimeSpan.FromSeconds(600) }, [], PacketBytes.UInt16Property(0x13, 10));

        await Eventually.TrueAsync("PINGREQ within the server's ten seconds", () =>
        {
            Clock.Advance(TimeSpan.FromMilliseconds(100));
            return client.HasPendingBytes;
        }, Token);

        await client.ExpectAsync(PacketType.PingReq);
        Assert.InRange(Clock.GetUtcNow() - Clock.Start, TimeSpan.Zero, TimeSpan.FromSeconds(60));
    }

    [Fact]
    public async Task Silent_broker_times_out()
    {
        var connection = Connect(Options);
        var client = await Broker.AcceptAsync();
        await client.ExpectConnectAsync();

        Clock.Advance(Options.RequestTimeout);

        await ReachesAsync(connection, ConnectionState.Waiting);
        Assert.Equal("ConnAckTimeout", connection.Status.ReasonName);
        Assert.Contains("Is it an MQTT broker", connection.Status.Reason, StringComparison.Ordinal);
        Assert.Equal(Options.Address.ToString(), connection.Status.Reached);
    }

    [Fact]
    public async Task It_is_told_which_address_answered_and_that_none_does_any_more()
    {
        var (connection, client) = await ConnectedAsync(Options, []);
        Assert.Equal(Options.Address.ToString(), connection.Status.Reached);
        Broker.StopListening();

        client.Close();
        await Eventually.TrueAsync("an attempt finds nobody", () =>
        {
            Clock.Advance(TimeSpan.FromSeconds(1));
            return connection.Status is { State: ConnectionState.Waiting, ReasonName: "ConnectionRefused" };
        }, Token);

        Assert.Equal("", connection.Status.Reached);
    }

    [Fact]
    public void The_names_of_all_reasons_are_known()
    {
        Assert.All(Enum.GetNames<LocalFault>(), name => Assert.Contains(name, ConnectionStatus.ReasonNames));
        Assert.All(["ServerMoved", "Banned", "SessionTakenOver", "NormalDisconnection", "NotAuthorized"], name => Assert.Contains(name, ConnectionStatus.ReasonNames));
        Assert.DoesNotContain("Success", ConnectionStatus.ReasonNames);
        Assert.Equal(ConnectionStatus.ReasonNames.Count, ConnectionStatus.ReasonNames.Distinct().Count());
    }

    [Fact]
    public async Task Garbage_instead_of_CONNACK_is_told_from_a_broker()
    {
        var connection = Connect(Options with { Protocol = ProtocolPreference.V500 });
        var client = await Broker.AcceptAsync();
        await client.ExpectConnectAsync();

        await client.SendAsync("SSH-2.0-OpenSSH_9.2\r\n"u8.ToArray());

        await ReachesAsync(connection, ConnectionState.Waiting);
        Assert.Equal("ProtocolViolation", connection.Status.ReasonName);
        Assert.Contains("no MQTT broker", connection.Status.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Connection_refused_is_said_in_words()
    {
        var options = Options;
        Broker.StopListening();

        var connection = Connect(options);

        await ReachesAsync(connection, ConnectionState.Waiting);
        Assert.Equal("ConnectionRefused", connection.Status.ReasonName);
        Assert.Contains(options.Address.ToString(), connection.Status.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Broker_that_refuses_at_first_is_tried_until_it_accepts()
    {
        var connection = Connect(Options);
        foreach (var code in new byte[] { 0x89, 0x88, 0x9F })
        {
            var refused = await Broker.AcceptAsync();
            await refused.ExpectConnectAsync();
            await refused.SendConnAckAsync(code);
            refused.Close();
            await SkipBackoffAsync(connection);
        }

        await (await Broker.AcceptAsync()).AcceptSessionAsync();

        await ReachesAsync(connection, ConnectionState.Connected);
        Assert.Equal((4, 0, ""), (connection.Status.Attempt, connection.Status.Reconnects, connection.Status.Reason));
        Logger.ThrowOnErrors();
    }

    [Conformance("5.0", "MQTT-4.13.2-1")]
    [Theory]
    [InlineData(ProtocolPreference.V500, 0x86, "BadUserNameOrPassword")]
    [InlineData(ProtocolPreference.V500, 0x87, "NotAuthorized")]
    [InlineData(ProtocolPreference.V500, 0x85, "ClientIdentifierNotValid")]
    [InlineData(ProtocolPreference.V500, 0x84, "UnsupportedProtocolVersion")]
    [InlineData(ProtocolPreference.V311, 1, "UnsupportedProtocolVersion")]
    [InlineData(ProtocolPreference.V311, 2, "ClientIdentifierNotValid")]
    [InlineData(ProtocolPreference.V311, 4, "BadUserNameOrPassword")]
    [InlineData(ProtocolPreference.V311, 5, "NotAuthorized")]
    [InlineData(ProtocolPreference.Auto, 0x86, "BadUserNameOrPassword")]
    public async Task Refusal_that_only_new_settings_can_change_is_final(ProtocolPreference protocol, byte code, string name)
    {
        var connection = Connect(Options with { Protocol = protocol, UserName = "ada", Password = "s3cret" });
        var client = await Broker.AcceptAsync();
        await client.ExpectConnectAsync();

        await client.SendConnAckAsync(code);

        await ReachesAsync(connection, ConnectionState.Failed);
        Assert.Equal(name, connection.Status.ReasonName);
        Assert.NotEmpty(connection.Status.Reason);
        Logger.ThrowIfLogged("s3cret");
    }

    [Theory]
    [InlineData(ProtocolPreference.V500, 0x88, "ServerUnavailable")]
    [InlineData(ProtocolPreference.V500, 0x97, "QuotaExceeded")]
    [InlineData(ProtocolPreference.V311, 3, "ServerUnavailable")]
    public async Task Refusal_that_may_pass_is_tried_again(ProtocolPreference protocol, byte code, string name)
    {
        var connection = Connect(Options with { Protocol = protocol });
        var client = await Broker.AcceptAsync();
        await client.ExpectConnectAsync();

        await client.SendConnAckAsync(code);

        var status = await SkipBackoffAsync(connection);
        Assert.Equal(name, status.ReasonName);
        Assert.Equal(protocol == ProtocolPreference.V500 ? 5 : 4, (await (await Broker.AcceptAsync()).ExpectConnectAsync()).ProtocolLevel);
    }

    [Fact]
    public async Task Server_that_moved_is_final_and_names_the_new_one()
    {
        var connection = Connect(Options);
        var client = await Broker.AcceptAsync();
        await client.ExpectConnectAsync();

        await client.SendConnAckAsync(0x9D, false, PacketBytes.TextProperty(0x1C, "other.example:1884"));

        await ReachesAsync(connection, ConnectionState.Failed);
        Assert.Contains("other.example:1884", connection.Status.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Reason_string_of_the_broker_is_passed_on_without_control_characters()
    {
        var connection = Connect(Options);
        var client = await Broker.AcceptAsync();
        await client.ExpectConnectAsync();

        await client.SendConnAckAsync(0x89, false, PacketBytes.TextProperty(0x1F, "come\tback at noon"));

        await ReachesAsync(connection, ConnectionState.Waiting);
        Assert.EndsWith("The broker says: come back at noon", connection.Status.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Texts_of_the_broker_cannot_make_lines_or_floods_of_their_own()
    {
        const string Lie = "gone\r\n12:00:00 [INF] Connected\u2028\u202E";
        var connection = Connect(Options);
        var client = await Broker.AcceptAsync();
        await client.ExpectConnectAsync();

        await client.SendConnAckAsync(
            0x89, false, PacketBytes.TextProperty(0x1F, Lie + new string('x', 60_000)), PacketBytes.TextProperty(0x1C, Lie + new string('y', 60_000)));

        await ReachesAsync(connection, ConnectionState.Waiting);
        Assert.Contains("gone  12:00:00 [INF] Connected  xxx", connection.Status.Reason, StringComparison.Ordinal);
        AssertOneLine(connection.Status.Reason);
        Assert.NotEmpty(Logger.Entries);
        Assert.All(Logger.Entries, entry => AssertOneLine(entry.Message));
    }

    [Fact]
    public async Task Client_identifier_of_the_broker_is_used_as_it_is_and_logged_as_one_line()
    {
        const string Assigned = "a\r\n12:00:00 [ERR] b";
        var (connection, client) = await ConnectedAsync(Options with { ClientId = "" }, [], PacketBytes.TextProperty(0x12, Assigned));
        client.Close();

        await SkipBackoffAsync(connection);
        var second = await Broker.AcceptAsync();
        Assert.Equal(Assigned, (await second.AcceptSessionAsync()).ClientId);
        await ReachesAsync(connection, ConnectionState.Connected);

        Assert.All(Logger.Entries, entry => AssertOneLine(entry.Message));
        Assert.Contains(Logger.Entries, entry => entry.Message.Contains("a  12:00:00 [ERR] b", StringComparison.Ordinal));
    }

    [Conformance("3.1.1", "MQTT-3.1.2-22", "MQTT-3.1.3-7")]
    [Theory]
    [InlineData("", "ClientIdentifierNotValid")]
    [InlineData("tester", "BadUserNameOrPassword")]
    public async Task What_3_1_1_cannot_express_fails_before_connecting(string clientId, string name)
    {
        var connection = Connect(Options with { Protocol = ProtocolPreference.V311, ClientId = clientId, CleanStart = false, Password = "s3cret" });

        await ReachesAsync(connection, ConnectionState.Failed);

        Assert.Equal(name, connection.Status.ReasonName);
        Assert.False(Broker.HasPendingClient);
    }

    private static void AssertOneLine(string text)
    {
        Assert.DoesNotContain(text, character => char.IsControl(character) || character is '\u2028' or '\u202E');
        Assert.InRange(text.Length, 1, 1_000);
    }
}
