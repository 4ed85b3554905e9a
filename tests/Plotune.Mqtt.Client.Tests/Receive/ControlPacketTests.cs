using CsCheck;
using MQTTnet.Formatter;
using MQTTnet.Packets;
using MQTTnet.Protocol;
using Plotune.Mqtt.Client.Receive;
using static Plotune.Mqtt.Client.Tests.Receive.Packets;

namespace Plotune.Mqtt.Client.Tests.Receive;

public sealed class ControlPacketTests
{
    public static TheoryData<bool, byte[], Type> Legal => new()
    {
        { true, [0x40, 2, 0, 1], typeof(MqttPubAckPacket) },
        { true, [0x40, 3, 0, 1, 0x10], typeof(MqttPubAckPacket) },
        { true, [0x40, 4, 0, 1, 0x97, 0], typeof(MqttPubAckPacket) },
        { true, Packet(0x40, [0, 1, 0x83, 4, 0x1F, 0, 1, (byte)'r']), typeof(MqttPubAckPacket) },
        { true, Packet(0x40, [0, 1, 0, 14, 0x26, 0, 1, (byte)'k', 0, 1, (byte)'v', 0x26, 0, 1, (byte)'k', 0, 1, (byte)'v']), typeof(MqttPubAckPacket) },
        { true, [0x50, 2, 0, 1], typeof(MqttPubRecPacket) },
        { true, [0x50, 3, 0, 1, 0x91], typeof(MqttPubRecPacket) },
        { true, [0x70, 2, 0, 1], typeof(MqttPubCompPacket) },
        { true, [0x70, 3, 0, 1, 0x92], typeof(MqttPubCompPacket) },
        { true, [0x90, 6, 0, 1, 0, 0, 2, 0x87], typeof(MqttSubAckPacket) },
        { true, Packet(0x90, [0, 1, 4, 0x1F, 0, 1, (byte)'r', 1]), typeof(MqttSubAckPacket) },
        { true, [0xB0, 5, 0, 1, 0, 0, 0x11], typeof(MqttUnsubAckPacket) },
        { true, [0xB0, 3, 0, 1, 0], typeof(MqttUnsubAckPacket) },
        { true, [0xB0, 4, 0, 1, 0, 0xFF], typeof(MqttUnsubAckPacket) },
        { true, [0xE0, 0], typeof(MqttDisconnectPacket) },
        { true, [0xE0, 1, 0x8B], typeof(MqttDisconnectPacket) },
        { true, [0xE0, 2, 0x8E, 0], typeof(MqttDisconnectPacket) },
        { true, Packet(0xE0, [0x9D, 4, 0x1C, 0, 1, (byte)'s']), typeof(MqttDisconnectPacket) },
        { false, [0x40, 2, 0, 1], typeof(MqttPubAckPacket) },
        { false, [0x50, 2, 0, 1], typeof(MqttPubRecPacket) },
        { false, [0x70, 2, 0, 1], typeof(MqttPubCompPacket) },
        { false, [0x90, 5, 0, 1, 0, 2, 0x80], typeof(MqttSubAckPacket) },
        { false, [0xB0, 2, 0, 1], typeof(MqttUnsubAckPacket) },
    };

    public static TheoryData<string, bool, byte[], byte> Illegal => new()
    {
        { "type 0", true, [0x00, 0], 0x81 },
        { "CONNECT", true, [0x10, 0], 0x82 },
        { "SUBSCRIBE", true, [0x82, 0], 0x82 },
        { "UNSUBSCRIBE", true, [0xA2, 0], 0x82 },
        { "PINGREQ", true, [0xC0, 0], 0x82 },
        { "second CONNACK", true, [0x20, 3, 0, 0, 0], 0x82 },
        { "flags of PUBACK", true, [0x42, 2, 0, 1], 0x81 },
        { "flags of PUBREL 0", true, [0x60, 2, 0, 1], 0x81 },
        { "flags of PUBREL 3", true, [0x63, 2, 0, 1], 0x81 },
        { "flags of PINGRESP", true, [0xD1, 0], 0x81 },
        { "flags of SUBACK", true, [0x92, 4, 0, 1, 0, 0], 0x81 },
        { "PUBACK empty", true, [0x40, 0], 0x81 },
        { "PUBACK of one byte", true, [0x40, 1, 0], 0x81 },
        { "PUBACK identifier 0", true, [0x40, 2, 0, 0], 0x82 },
        { "PUBACK reason code", true, [0x40, 3, 0, 1, 0x8B], 0x82 },
        { "PUBACK property length over its end", true, [0x40, 4, 0, 1, 0, 1], 0x81 },
        { "PUBACK bytes behind the properties", true, [0x40, 5, 0, 1, 0, 0, 0], 0x81 },
        { "PUBACK with Topic Alias", true, [0x40, 7, 0, 1, 0, 3, 0x23, 0, 1], 0x82 },
        { "PUBACK with two Reason Strings", true, [0x40, 10, 0, 1, 0, 6, 0x1F, 0, 0, 0x1F, 0, 0], 0x82 },
        { "PUBREC reason code", true, [0x50, 3, 0, 1, 0x92], 0x82 },
        { "PUBREL reason code", true, [0x62, 3, 0, 1, 0x80], 0x82 },
        { "PUBREL identifier 0", true, [0x62, 2, 0, 0], 0x82 },
        { "PUBCOMP reason code", true, [0x70, 3, 0, 1, 0x10], 0x82 },
        { "SUBACK without reason code", true, [0x90, 3, 0, 1, 0], 0x81 },
        { "SUBACK reason code", true, [0x90, 4, 0, 1, 0, 3], 0x82 },
        { "SUBACK identifier 0", true, [0x90, 4, 0, 0, 0, 0], 0x82 },
        { "SUBACK property length", true, [0x90, 4, 0, 1, 9, 0], 0x81 },
        { "UNSUBACK without property length", true, [0xB0, 2, 0, 1], 0x81 },
        { "UNSUBACK identifier 0", true, [0xB0, 3, 0, 0, 0], 0x82 },
        { "UNSUBACK property length", true, [0xB0, 3, 0, 1, 1], 0x81 },
        { "PINGRESP not empty", true, [0xD0, 1, 0], 0x81 },
        { "DISCONNECT with will", true, [0xE0, 1, 0x04], 0x82 },
        { "DISCONNECT with Session Expiry Interval", true, [0xE0, 7, 0, 5, 0x11, 0, 0, 0, 1], 0x82 },
        { "AUTH without our asking", true, [0xF0, 0], 0x82 },
        { "AUTH continue without our asking", true, Packet(0xF0, [0x18, 8, 0x15, 0, 1, (byte)'m', 0x16, 0, 1, 9]), 0x82 },
        { "AUTH re-authenticate", true, [0xF0, 1, 0x19], 0x82 },
        { "AUTH data without method", true, [0xF0, 6, 0x18, 4, 0x16, 0, 1, 9], 0x82 },
        { "3.1.1 PUBACK of three bytes", false, [0x40, 3, 0, 1, 0], 0x81 },
        { "3.1.1 SUBACK without return code", false, [0x90, 2, 0, 1], 0x81 },
        { "3.1.1 SUBACK return code", false, [0x90, 3, 0, 1, 3], 0x82 },
        { "3.1.1 UNSUBACK with codes", false, [0xB0, 3, 0, 1, 0], 0x81 },
        { "3.1.1 DISCONNECT", false, [0xE0, 0], 0x82 },
        { "3.1.1 AUTH", false, [0xF0, 0], 0x82 },
    };

    public static TheoryData<string, bool, byte[], byte> IllegalFirst => new()
    {
        { "PUBLISH", true, [0x30, 4, 0, 1, (byte)'t', 0], 0x82 },
        { "SUBACK", true, [0x90, 4, 0, 1, 0, 0], 0x82 },
        { "PINGRESP", true, [0xD0, 0], 0x82 },
        { "DISCONNECT", true, [0xE0, 1, 0x87], 0x82 },
        { "AUTH in 3.1.1", false, [0xF0, 0], 0x82 },
        { "HTTP", true, "HTTP/1.1 400 Bad Request\r\n"u8.ToArray(), 0x81 },
        { "SSH", true, "SSH-2.0-OpenSSH_9.6\r\n"u8.ToArray(), 0x81 },
        { "TLS alert", true, [0x15, 3, 3, 0, 2, 2, 10], 0x82 },
        { "CONNACK flags", true, [0x20, 3, 2, 0, 0], 0x81 },
        { "CONNACK refusing with a session", true, [0x20, 3, 1, 0x87, 0], 0x82 },
        { "CONNACK empty", true, [0x20, 0], 0x81 },
        { "CONNACK accepting without properties", true, [0x20, 2, 0, 0], 0x81 },
        { "CONNACK reason code", true, [0x20, 3, 0, 0x10, 0], 0x82 },
        { "CONNACK Receive Maximum 0", true, [0x20, 6, 0, 0, 3, 0x21, 0, 0], 0x82 },
        { "CONNACK Maximum QoS 2", true, [0x20, 5, 0, 0, 2, 0x24, 2], 0x82 },
        { "CONNACK Maximum Packet Size 0", true, [0x20, 8, 0, 0, 5, 0x27, 0, 0, 0, 0], 0x82 },
        { "CONNACK Retain Available 7", true, [0x20, 5, 0, 0, 2, 0x25, 7], 0x82 },
        { "CONNACK property cut", true, [0x20, 5, 0, 0, 2, 0x21, 1], 0x81 },
        { "CONNACK with Content Type", true, [0x20, 6, 0, 0, 3, 0x03, 0, 0], 0x82 },
        { "CONNACK with properties over its end", true, [0x20, 4, 0, 0, 2, 0x21], 0x81 },
        { "3.1.1 CONNACK of three bytes", false, [0x20, 3, 0, 0, 0], 0x81 },
        { "3.1.1 CONNACK return code", false, [0x20, 2, 0, 6], 0x82 },
        { "3.1.1 CONNACK flags", false, [0x20, 2, 0x80, 0], 0x81 },
    };

    [Theory]
    [MemberData(nameof(Legal))]
    public async Task Every_legal_form_reaches_the_client_decoded(bool isVersion5, byte[] packet, Type expected)
    {
        using Lane lane = isVersion5 ? Lane.Connected5() : Lane.Connected4();
        lane.Channel.Feed(packet);
        await lane.IdleAsync();

        Assert.Null(lane.Adapter.Fault);
        Assert.Equal(expected, lane.Packets[^1].GetType());
    }

    [Conformance("3.1.1", "MQTT-4.8.0-1")]
    [Conformance("5.0", "MQTT-4.13.1-1")]
    [Theory]
    [MemberData(nameof(Illegal))]
    public async Task An_illegal_packet_ends_the_connection_with_its_reason_code(string what, bool isVersion5, byte[] packet, byte reasonCode)
    {
        using Lane lane = isVersion5 ? Lane.Connected5() : Lane.Connected4();
        lane.Channel.Feed(packet);

        MqttProtocolException fault = await lane.FaultAsync<MqttProtocolException>();

        Assert.True(fault.ReasonCode == reasonCode, $"{what}: {fault.ReasonCode:X2} {fault.Message}");
        Assert.Equal(isVersion5 ? [0xE0, 1, reasonCode] : [], lane.Channel.Written);
        Assert.True(lane.Channel.IsDisposed);
    }

    [Conformance("3.1.1", "MQTT-4.8.0-1")]
    [Conformance("5.0", "MQTT-4.13.1-1")]
    [Theory]
    [MemberData(nameof(IllegalFirst))]
    public async Task A_wrong_first_packet_ends_the_connection_with_its_reason_code(string what, bool isVersion5, byte[] packet, byte reasonCode)
    {
        using var lane = new Lane(isVersion5 ? MqttProtocolVersion.V500 : MqttProtocolVersion.V311);
        lane.Channel.Feed(packet);
        lane.Start();

        MqttProtocolException fault = await lane.FaultAsync<MqttProtocolException>();

        Assert.True(fault.ReasonCode == reasonCode, $"{what}: {fault.ReasonCode:X2} {fault.Message}");
    }

    [Fact]
    public async Task A_CONNACK_that_goes_on_behind_its_properties_is_read_to_their_end()
    {
        using var lane = new Lane();
        lane.Channel.Feed(Packet(0x20, [0, 0, 3, 0x21, 0, 20, 0, 0xFF]));

        MqttPacket packet = await lane.Adapter.ReceivePacketAsync(TestContext.Current.CancellationToken);

        Assert.Equal(20, Assert.IsType<MqttConnAckPacket>(packet).ReceiveMaximum);
    }

    [Theory]
    [InlineData(1, MqttConnectReasonCode.UnsupportedProtocolVersion)]
    [InlineData(5, MqttConnectReasonCode.NotAuthorized)]
    [InlineData(0x84, MqttConnectReasonCode.UnsupportedProtocolVersion)]
    public async Task A_broker_of_3_1_1_that_refuses_5_0_is_understood(byte code, MqttConnectReasonCode expected)
    {
        using var lane = new Lane();
        lane.Channel.Feed(0x20, 2, 0, code);

        MqttPacket packet = await lane.Adapter.ReceivePacketAsync(TestContext.Current.CancellationToken);

        Assert.Equal(expected, Assert.IsType<MqttConnAckPacket>(packet).ReasonCode);
    }

    [Theory]
    [InlineData("chosen", false)]
    [InlineData("", true)]
    public async Task A_client_identifier_is_assigned_only_to_a_client_without_one(string clientId, bool isAccepted)
    {
        using var lane = new Lane();
        await lane.Adapter.SendPacketAsync(new MqttConnectPacket { ClientId = clientId, CleanSession = true }, TestContext.Current.CancellationToken);
        lane.Channel.Feed(Packet(0x20, [0, 0, 4, 0x12, 0, 1, (byte)'a']));
        lane.Start();

        if (isAccepted)
        {
            await lane.IdleAsync();
            Assert.Null(lane.Adapter.Fault);
        }
        else
        {
            Assert.Equal(0x82, (await lane.FaultAsync<MqttProtocolException>()).ReasonCode);
        }
    }

    [Conformance("5.0", "MQTT-4.12.0-7")]
    [Theory]
    [InlineData(new byte[] { 0xF0, 0 })]
    [InlineData(new byte[] { 0xF0, 6, 0x18, 4, 0x15, 0, 1, (byte)'m' })]
    public async Task AUTH_before_CONNACK_without_our_asking_is_a_protocol_error(byte[] auth)
    {
        using var lane = new Lane();
        lane.Channel.Feed([.. auth, .. ConnAck5]);
        lane.Start();

        Assert.Equal(0x82, (await lane.FaultAsync<MqttProtocolException>()).ReasonCode);
    }

    [Fact]
    public void Any_bytes_are_either_legal_or_refused_and_what_is_legal_can_be_decoded() =>
        Gen.Select(Gen.Byte, Gen.Byte.Array[0, 24], Gen.Bool).Sample((firstByte, body, isVersion5) =>
        {
            if (firstByte >> 4 == 3
                || ControlPacketValidator.CheckFirstByte(firstByte, isVersion5) is not null
                || ControlPacketValidator.CheckBody((PacketType)(firstByte >> 4), body, isVersion5, out _) is not null)
            {
                return;
            }
            var formatter = new MqttPacketFormatterAdapter(isVersion5 ? MqttProtocolVersion.V500 : MqttProtocolVersion.V311, new MqttBufferWriter(256, 65536));
            Assert.NotNull(formatter.Decode(new MQTTnet.Adapter.ReceivedMqttPacket(firstByte, body, body.Length + 2)));
        });
}
