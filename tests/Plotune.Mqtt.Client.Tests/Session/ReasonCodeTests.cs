using Plotune.Mqtt.Client.Receive;
using Plotune.Mqtt.Client.Session;
using ReasonCode = Plotune.Mqtt.Client.Session.ReasonCode;

namespace Plotune.Mqtt.Client.Tests.Session;

public sealed class ReasonCodeTests
{
    public static TheoryData<string> Packets => ["CONNACK", "DISCONNECT", "SUBACK", "UNSUBACK", "PUBACK", "PUBCOMP"];

    [Theory]
    [MemberData(nameof(Packets))]
    public void Every_code_the_specification_allows_has_a_name_and_every_failure_a_sentence(string packet)
    {
        var (type, table) = Table(packet);
        for (var code = 0; code <= byte.MaxValue; code++)
        {
            if (!AllowedReasonCodes.Contain(type, (byte)code))
                continue;
            var reason = table((byte)code);
            Assert.Equal(code, reason.Code);
            Assert.DoesNotContain("0x", reason.Name, StringComparison.Ordinal);
            Assert.Equal(reason.Class == ReasonClass.Success, reason.Sentence.Length == 0);
        }
    }

    [Theory]
    [MemberData(nameof(Packets))]
    public void Unknown_code_is_shown_as_a_number_and_tried_again(string packet)
    {
        var reason = Table(packet).Table(0xEE);

        Assert.Equal(("ReasonCode0xEE", ReasonClass.Retry), (reason.Name, reason.Class));
    }

    [Theory]
    [InlineData(1, "UnsupportedProtocolVersion", "Final")]
    [InlineData(2, "ClientIdentifierNotValid", "Final")]
    [InlineData(3, "ServerUnavailable", "Retry")]
    [InlineData(4, "BadUserNameOrPassword", "Final")]
    [InlineData(5, "NotAuthorized", "Final")]
    public void Return_codes_of_3_1_1_are_understood_under_either_version(byte code, string name, string reasonClass)
    {
        Assert.Equal((name, reasonClass), (ReasonCodes.ConnAck311(code).Name, ReasonCodes.ConnAck311(code).Class.ToString()));
        Assert.Equal(name, ReasonCodes.ConnAck(code).Name);
    }

    private static (PacketType Type, Func<byte, ReasonCode> Table) Table(string packet) => packet switch
    {
        "CONNACK" => (PacketType.ConnAck, ReasonCodes.ConnAck),
        "DISCONNECT" => (PacketType.Disconnect, ReasonCodes.Disconnect),
        "SUBACK" => (PacketType.SubAck, ReasonCodes.SubAck),
        "UNSUBACK" => (PacketType.UnsubAck, ReasonCodes.UnsubAck),
        "PUBACK" => (PacketType.PubAck, ReasonCodes.Publish),
        _ => (PacketType.PubComp, ReasonCodes.Release),
    };
}
