using System.Text;
using Plotune.Mqtt.Client.Tests.Session;
using Plotune.Mqtt.TestSupport;

namespace Plotune.Mqtt.Client.Tests.Conformance;

/// <summary>CONNECT, byte by byte.</summary>
public sealed class ConnectPacketTests : ConnectionTest
{
    private const string ClientId = "tester-ä";

    public static TheoryData<ProtocolPreference, string?, string?, int, bool, byte> Combinations => new()
    {
        { ProtocolPreference.V311, null, null, -1, false, 0x02 },
        { ProtocolPreference.V311, "ädä", null, -1, false, 0x82 },
        { ProtocolPreference.V311, "ada", "s3cret", -1, false, 0xC2 },
        { ProtocolPreference.V311, null, null, 0, false, 0x06 },
        { ProtocolPreference.V311, null, null, 1, true, 0x2E },
        { ProtocolPreference.V311, "ada", "s3cret", 2, false, 0xD6 },
        { ProtocolPreference.V500, null, null, -1, false, 0x02 },
        { ProtocolPreference.V500, "ädä", null, -1, false, 0x82 },
        { ProtocolPreference.V500, null, "s3cret", -1, false, 0xC2 },
        { ProtocolPreference.V500, null, null, 0, true, 0x26 },
        { ProtocolPreference.V500, null, null, 1, false, 0x0E },
        { ProtocolPreference.V500, "ada", "s3cret", 2, true, 0xF6 },
    };

    [Conformance(
        "3.1.1",
        "MQTT-3.1.0-1", "MQTT-3.1.2-9", "MQTT-3.1.2-11", "MQTT-3.1.2-13", "MQTT-3.1.2-14", "MQTT-3.1.2-15", "MQTT-3.1.2-18", "MQTT-3.1.2-19",
        "MQTT-3.1.2-20", "MQTT-3.1.2-21", "MQTT-3.1.3-1", "MQTT-3.1.3-3", "MQTT-3.1.3-4", "MQTT-3.1.3-10", "MQTT-3.1.3-11")]
    [Conformance(
        "5.0",
        "MQTT-3.1.0-1", "MQTT-3.1.2-9", "MQTT-3.1.2-11", "MQTT-3.1.2-12", "MQTT-3.1.2-13", "MQTT-3.1.2-16", "MQTT-3.1.2-17", "MQTT-3.1.2-18",
        "MQTT-3.1.2-19", "MQTT-3.1.3-1", "MQTT-3.1.3-3", "MQTT-3.1.3-4", "MQTT-3.1.3-11", "MQTT-3.1.3-12")]
    [Theory]
    [MemberData(nameof(Combinations))]
    public async Task Flags_and_payload_of_CONNECT_agree(ProtocolPreference version, string? user, string? password, int willQos, bool willRetain, byte flags)
    {
        var isVersion5 = version == ProtocolPreference.V500;
        Connect(Options with
        {
            Protocol = version,
            ClientId = ClientId,
            UserName = user,
            Password = password,
            KeepAlive = TimeSpan.FromSeconds(258),
            Will = willQos < 0 ? null : new WillMessage("last/wörds", "gone"u8.ToArray(), (QualityOfService)willQos, willRetain),
        });

        var packet = await (await Broker.AcceptAsync()).ExpectAsync(PacketType.Connect);

        Assert.Equal(0x10, packet.FirstByte);
        Assert.Equal([0, 4, .. "MQTT"u8, (byte)(isVersion5 ? 5 : 4), flags, 1, 2], packet.Body[..10]);
        byte[] expected =
        [
            .. PacketBytes.Text(ClientId),
            .. willQos < 0 ? [] : WillBytes(isVersion5, packet.Body),
            .. user is null && password is null ? [] : PacketBytes.Text(user ?? ""),
            .. password is null ? [] : PacketBytes.Text(password),
        ];
        var payloadStart = isVersion5 ? 11 + packet.Body[10] : 10;
        Assert.Equal(expected, packet.Body[payloadStart..]);
    }

    [Conformance("3.1.1", "MQTT-3.1.0-2")]
    [Conformance("5.0", "MQTT-3.1.0-2")]
    [Theory]
    [InlineData(ProtocolPreference.V311)]
    [InlineData(ProtocolPreference.V500)]
    public async Task CONNECT_is_sent_once_however_long_the_connection_lasts(ProtocolPreference version)
    {
        var (connection, client) = await ConnectedAsync(Options with { Protocol = version }, [new("a")]);
        await connection.PublishAsync(new OutboundPublish("b", new byte[] { 1 }, QualityOfService.AtMostOnce), TimeSpan.FromSeconds(10), Token);

        var stop = connection.DisposeAsync().AsTask();
        var rest = await client.DrainAsync();
        client.Close();
        await Eventually.CompletesAsync("the stop", stop, Token);

        Assert.Equal([PacketType.Publish, PacketType.Disconnect], rest.Select(packet => packet.Type));
    }

    // The will's properties are not what is proved here: their length is taken as it is.
    private static byte[] WillBytes(bool isVersion5, byte[] body)
    {
        byte[] topicAndPayload = [.. PacketBytes.Text("last/wörds"), .. PacketBytes.Text("gone")];
        if (!isVersion5)
            return topicAndPayload;
        var start = 11 + body[10] + 2 + Encoding.UTF8.GetByteCount(ClientId);
        return [.. body[start..(start + 1 + body[start])], .. topicAndPayload];
    }
}
