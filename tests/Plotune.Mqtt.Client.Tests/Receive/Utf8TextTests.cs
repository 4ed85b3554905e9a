using Plotune.Mqtt.Client.Receive;

namespace Plotune.Mqtt.Client.Tests.Receive;

public sealed class Utf8TextTests
{
    private static readonly ProtocolViolation Wildcard = ProtocolViolation.Malformed("a wildcard");

    [Fact]
    public void A_byte_that_a_topic_name_may_not_have_is_found_wherever_it_stands()
    {
        for (int length = 1; length <= 50; length++)
        {
            byte[] name = new byte[length];
            for (int at = 0; at < length; at++)
            {
                for (int character = 0; character <= byte.MaxValue; character++)
                {
                    Array.Fill(name, (byte)'a');
                    name[at] = (byte)character;
                    Assert.Same(Expected(character), Utf8Text.CheckTopicName(name, Wildcard));
                }
            }
        }
    }

    [Fact]
    public void An_empty_name_is_left_to_the_caller() => Assert.Null(Utf8Text.CheckTopicName([], Wildcard));

    // A byte from 0x80 on is no character by itself.
    private static ProtocolViolation? Expected(int character) => character switch
    {
        0 => Utf8Text.NullCharacter,
        '+' or '#' => Wildcard,
        < 0x20 or 0x7F => Utf8Text.DisallowedCharacter,
        >= 0x80 => Utf8Text.IllFormed,
        _ => null,
    };
}
