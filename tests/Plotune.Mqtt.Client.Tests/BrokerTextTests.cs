namespace Plotune.Mqtt.Client.Tests;

public sealed class BrokerTextTests
{
    [Theory]
    [InlineData("come back at noon", "come back at noon")]
    [InlineData("Grüße aus Köln, 日本, 😀", "Grüße aus Köln, 日本, 😀")]
    [InlineData("a\r\nb\tc\0d", "a  b c d")]
    [InlineData("\u001B[31mred\u009B0m", " [31mred 0m")]
    [InlineData("one\u2028two\u2029three\u0085four", "one two three four")]
    [InlineData("user\u202Etxt.exe\u2066\u200B", "user txt.exe  ")]
    public void Only_what_is_seen_and_stays_in_its_place_is_left(string text, string expected) => Assert.Equal(expected, BrokerText.Clean(text));

    [Fact]
    public void Half_a_pair_of_surrogates_is_no_character() => Assert.Equal("half \uFFFD", BrokerText.Clean("half " + '\uD83D'));

    [Theory]
    [InlineData("abcd", "abcd")]
    [InlineData("abcde", "abcd...")]
    [InlineData("abc😀", "abc...")]
    [InlineData("ab😀", "ab😀")]
    public void Long_text_is_cut_between_characters(string text, string expected) => Assert.Equal(expected, BrokerText.Clean(text, maximumLength: 4));

    [Fact]
    public void Text_of_a_broker_is_bounded() => Assert.Equal(new string('x', 256) + "...", BrokerText.Clean(new string('x', 65_535)));
}
