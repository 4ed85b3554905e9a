using Plotune.Mqtt.Client.Receive;
using static Plotune.Mqtt.Client.Tests.Receive.Packets;

namespace Plotune.Mqtt.Client.Tests.Receive;

/// <summary>
/// Every flag, length, reason code and property of every packet a server may send, against tables of their own: what the specification allows is
/// taken, all else is refused with its reason code.
/// </summary>
public sealed class StrictnessTests
{
    private const byte Malformed = 0x81;
    private const byte ProtocolError = 0x82;

    /// <summary>A valid value of every property there is (MQTT 5.0, table 2-4), and the packets of a server that may hold it.</summary>
    private static readonly Dictionary<byte, (byte[] Value, PacketType[] Packets)> Properties = new()
    {
        [0x01] = ([1], [PacketType.Publish]),
        [0x02] = ([0, 0, 0, 1], [PacketType.Publish]),
        [0x03] = (Text("t"), [PacketType.Publish]),
        [0x08] = (Text("r"), [PacketType.Publish]),
        [0x09] = ([0, 1, 0xFF], [PacketType.Publish]),
        [0x0B] = ([0x80, 0x01], [PacketType.Publish]),
        [0x11] = ([0, 0, 0, 1], [PacketType.ConnAck]),
        [0x12] = (Text("c"), [PacketType.ConnAck]),
        [0x13] = ([0, 1], [PacketType.ConnAck]),
        [0x15] = (Text("m"), [PacketType.ConnAck, PacketType.Auth]),
        [0x16] = ([0, 1, 0xFF], [PacketType.ConnAck, PacketType.Auth]),
        [0x17] = ([1], []),
        [0x18] = ([0, 0, 0, 1], []),
        [0x19] = ([1], []),
        [0x1A] = (Text("i"), [PacketType.ConnAck]),
        [0x1C] = (Text("s"), [PacketType.ConnAck, PacketType.Disconnect]),
        [0x1F] = (
            Text("r"),
            [
                PacketType.ConnAck, PacketType.PubAck, PacketType.PubRec, PacketType.PubRel, PacketType.PubComp, PacketType.SubAck, PacketType.UnsubAck,
                PacketType.Disconnect, PacketType.Auth,
            ]),
        [0x21] = ([0, 1], [PacketType.ConnAck]),
        [0x22] = ([0, 1], [PacketType.ConnAck]),
        [0x23] = ([0, 1], [PacketType.Publish]),
        [0x24] = ([1], [PacketType.ConnAck]),
        [0x25] = ([1], [PacketType.ConnAck]),
        [0x26] = (
            [.. Text("k"), .. Text("v")],
            [
                PacketType.ConnAck, PacketType.Publish, PacketType.PubAck, PacketType.PubRec, PacketType.PubRel, PacketType.PubComp, PacketType.SubAck,
                PacketType.UnsubAck, PacketType.Disconnect, PacketType.Auth,
            ]),
        [0x27] = ([0, 0, 0, 1], [PacketType.ConnAck]),
        [0x28] = ([1], [PacketType.ConnAck]),
        [0x29] = ([1], [PacketType.ConnAck]),
        [0x2A] = ([1], [PacketType.ConnAck]),
    };

    public static TheoryData<int> TypesWithProperties => [2, 3, 4, 5, 6, 7, 9, 11, 14, 15];

    public static TheoryData<int, string> ReasonCodes5 => new()
    {
        { 2, "00 80 81 82 83 84 85 86 87 88 89 8A 8C 90 95 97 99 9A 9B 9C 9D 9F" },
        { 4, "00 10 80 83 87 90 91 97 99" },
        { 5, "00 10 80 83 87 90 91 97 99" },
        { 6, "00 92" },
        { 7, "00 92" },
        { 9, "00 01 02 80 83 87 8F 91 97 9E A1 A2" },
        { 14, "00 80 81 82 83 87 89 8B 8C 8D 8E 8F 90 93 94 95 96 97 98 99 9A 9B 9C 9D 9E 9F A0 A1 A2" },
        { 15, "00 18" },
    };

    [Theory]
    [MemberData(nameof(TypesWithProperties))]
    public void Every_property_is_taken_where_it_belongs_and_refused_elsewhere(int type)
    {
        for (int identifier = 0; identifier <= 0xFF; identifier++)
        {
            bool isKnown = Properties.TryGetValue((byte)identifier, out (byte[] Value, PacketType[] Packets) property);
            bool isAllowed = isKnown && property.Packets.Contains((PacketType)type);
            byte? expected = isAllowed ? null : isKnown ? ProtocolError : Malformed;

            Expect(expected, (PacketType)type, [(byte)identifier, .. isKnown ? property.Value : [1]], $"property 0x{identifier:X2}");
        }
    }

    [Theory]
    [MemberData(nameof(TypesWithProperties))]
    public void A_property_comes_once_unless_it_may_repeat(int type)
    {
        foreach ((byte identifier, (byte[] value, PacketType[] packets)) in Properties.Where(property => property.Value.Packets.Contains((PacketType)type)))
        {
            byte? expected = identifier == 0x26 ? null : ProtocolError;
            byte[] two = [identifier, .. value, identifier, .. value];
            string what = $"two of 0x{identifier:X2} in {string.Join(", ", packets)}";

            Expect(expected, (PacketType)type, two, what);
            Expect(identifier == 0x0B ? null : expected, (PacketType)type, two, what, hasIdentifiers: true);
        }
    }

    [Theory]
    [MemberData(nameof(TypesWithProperties))]
    public void A_property_that_is_cut_is_malformed_even_where_it_does_not_belong(int type)
    {
        foreach ((byte identifier, (byte[] value, PacketType[] packets)) in Properties)
        {
            for (int length = 0; length < value.Length; length++)
                Expect(Malformed, (PacketType)type, [identifier, .. value[..length]], $"0x{identifier:X2} cut to {length} in {string.Join(", ", packets)}");
        }
    }

    [Conformance("5.0", "MQTT-3.4.2-1", "MQTT-3.5.2-1", "MQTT-3.6.2-1", "MQTT-3.7.2-1", "MQTT-3.14.2-1", "MQTT-3.15.2-1")]
    [Theory]
    [MemberData(nameof(ReasonCodes5))]
    public void Only_the_reason_codes_of_a_packet_are_taken(int type, string allowed)
    {
        for (int code = 0; code <= 0xFF; code++)
        {
            byte? expected = allowed.Contains($"{code:X2}", StringComparison.Ordinal) ? null : ProtocolError;

            Assert.Equal(expected, Check((PacketType)type, Body((PacketType)type, [], (byte)code))?.ReasonCode);
        }
    }

    [Theory]
    [InlineData(new byte[0])]
    [InlineData(new byte[] { 0xFF, 0x00, 0x01 })]
    public void The_codes_of_UNSUBACK_may_be_any_or_missing(byte[] codes) =>
        Assert.Null(Check(PacketType.UnsubAck, [0, 1, 5, 0x26, 0, 0, 0, 0, .. codes]));

    [Theory]
    [InlineData(0x00)]
    [InlineData(0x87)]
    public void What_follows_the_properties_of_CONNACK_means_nothing(byte code) =>
        Assert.Null(Check(PacketType.ConnAck, [0, code, 3, 0x21, 0, 20, 0x00, 0xFF]));

    [Conformance("3.1.1", "MQTT-2.2.2-1", "MQTT-2.2.2-2", "MQTT-3.6.1-1", "MQTT-3.14.1-1")]
    [Conformance("5.0", "MQTT-2.1.3-1", "MQTT-3.6.1-1", "MQTT-3.14.1-1", "MQTT-3.15.1-1")]
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Only_the_flags_of_a_packet_are_taken(bool isVersion5)
    {
        for (int firstByte = 0; firstByte <= 0xFF; firstByte++)
        {
            if (firstByte >> 4 == 3)
                continue;
            byte? expected = firstByte switch
            {
                0x20 or 0x40 or 0x50 or 0x62 or 0x70 or 0x90 or 0xB0 or 0xD0 => null,
                0xE0 or 0xF0 => isVersion5 ? null : ProtocolError,
                >= 0x10 and <= 0x1F or >= 0x80 and <= 0x8F or >= 0xA0 and <= 0xAF or >= 0xC0 and <= 0xCF => ProtocolError,
                _ => Malformed,
            };

            Assert.Equal(expected, ControlPacketValidator.CheckFirstByte((byte)firstByte, isVersion5)?.ReasonCode);
        }
    }

    [Theory]
    [InlineData(2, 2, 2)]
    [InlineData(4, 2, 2)]
    [InlineData(5, 2, 2)]
    [InlineData(6, 2, 2)]
    [InlineData(7, 2, 2)]
    [InlineData(9, 3, 20)]
    [InlineData(11, 2, 2)]
    [InlineData(13, 0, 0)]
    public void In_3_1_1_a_packet_has_the_length_of_its_type(int type, int shortest, int longest)
    {
        for (int length = 0; length <= 20; length++)
        {
            byte[] body = new byte[length];
            if (length > 1 && type != 2)
                body[1] = 1;
            byte? expected = length >= shortest && length <= longest ? null : Malformed;

            Assert.Equal(expected, ControlPacketValidator.CheckBody((PacketType)type, body, isVersion5: false, out _)?.ReasonCode);
        }
    }

    [Theory]
    [MemberData(nameof(TypesWithProperties))]
    public void A_property_length_fits_its_packet(int type)
    {
        // A PUBLISH, SUBACK or UNSUBACK goes on behind the properties, so that only a length beyond the end is wrong there.
        byte[] body = Body((PacketType)type, [0x26, 0, 0, 0, 0], code: 0);
        int lengthAt = Array.IndexOf(body, (byte)0x26) - 1;
        for (int length = body.Length - lengthAt; length <= 0x7F; length++)
        {
            body[lengthAt] = (byte)length;
            Assert.Equal(Malformed, Check((PacketType)type, body)?.ReasonCode);
        }
    }

    private static void Expect(byte? reasonCode, PacketType type, byte[] properties, string what, bool hasIdentifiers = false)
    {
        ProtocolViolation? violation = Check(type, Body(type, properties, code: 0), hasIdentifiers);

        Assert.True(violation?.ReasonCode == reasonCode, $"{what} in {type}: expected {reasonCode:X2}, got {violation?.ReasonCode:X2} {violation?.Message}");
    }

    /// <param name="hasIdentifiers">Whether subscriptions of the session have Subscription Identifiers.</param>
    private static ProtocolViolation? Check(PacketType type, byte[] body, bool hasIdentifiers = false)
    {
        if (type != PacketType.Publish)
            return ControlPacketValidator.CheckBody(type, body, isVersion5: true, out _);
        var session = new LaneSession();
        if (hasIdentifiers)
            session.ExpectIdentifiers();
        return new PublishReader(isVersion5: true, topicAliasMaximum: 10, session).Read(0x30, body, 0, body.Length, out _);
    }

    private static byte[] Body(PacketType type, byte[] properties, byte code)
    {
        byte[] set = [.. Length(properties.Length), .. properties];
        return type switch
        {
            PacketType.ConnAck => [0, code, .. set],
            PacketType.Publish => [.. Text("t"), .. set],
            PacketType.SubAck or PacketType.UnsubAck => [0, 1, .. set, code],
            PacketType.Disconnect or PacketType.Auth => [code, .. set],
            _ => [0, 1, code, .. set],
        };
    }
}
