using Plotune.Mqtt.Payloads.Tests.Support;

namespace Plotune.Mqtt.Payloads.Tests.Json;

public sealed class TextTests
{
    [Theory]
    [InlineData("""{"a":"\"\\\/\b\f\n\r\t"}""", "/a='\"\\/\b\f\n\r\t'")]
    [InlineData("""{"a":"\u0041\u00e4\u20ac\ud83d\ude00"}""", "/a='Aä€😀'")]
    [InlineData("""{"a":"\uD83D\uDE00"}""", "/a='😀'")]
    [InlineData("""{"a":"\ud800"}""", "/a='\uFFFD'")]
    [InlineData("""{"a":"\ud800x\udc00"}""", "/a='\uFFFDx\uFFFD'")]
    [InlineData("""{"a":"\ud800\ud83d\ude00"}""", "/a='\uFFFD😀'")]
    [InlineData("""{"a":"\ud800\n"}""", "/a='\uFFFD\n'")]
    [InlineData("""{"a":"\udc00\ud800"}""", "/a='\uFFFD\uFFFD'")]
    [InlineData("""{"\ud800":1}""", "/\uFFFD=1")]
    [InlineData("""{"a":"\u0000"}""", "/a='\0'")]
    [InlineData("""{"a":"häuser und 16 bytes mehr, ä"}""", "/a='häuser und 16 bytes mehr, ä'")]
    [InlineData("""{"a":""}""", "/a=''")]
    public void A_text_is_what_the_string_says(string payload, string samples)
    {
        var topic = new Topic();

        Assert.Equal(samples, topic.Decode(payload));
        Assert.Equal(samples, topic.Decode(payload));
    }

    [Theory]
    [InlineData("abcdefgh", "'abcdefgh'")]
    [InlineData("abcdefghi", "'abcdefgh'...")]
    [InlineData("abcdefgä", "'abcdefg'...")]
    [InlineData("abcde😀", "'abcde'...")]
    [InlineData("abcd😀", "'abcd😀'")]
    [InlineData("abcdef\\u00e4", "'abcdefä'")]
    [InlineData("abcdefg\\u00e4", "'abcdefg'...")]
    [InlineData("\\u0061bcdefghi", "'abcdefgh'...")]
    [InlineData("\\u0061bcdefgä", "'abcdefg'...")]
    [InlineData("abcd\\ud83d\\ude00", "'abcd😀'")]
    [InlineData("abcdefgh\\n", "'abcdefgh'...")]
    public void A_long_text_is_cut_at_a_character_and_marked(string content, string text)
    {
        var topic = new Topic(new PayloadOptions { MaximumTextBytes = 8 });

        Assert.Equal($"/a={text}", topic.Decode($"{{\"a\":\"{content}\"}}"));
        Assert.Equal($"/a={text}", topic.Decode($"{{\"a\":\"{content}\"}}"));
    }

    [Fact]
    public void A_long_plain_text_is_cut_too()
    {
        var topic = new Topic();

        topic.Result(new string('ä', 3000));

        var sample = topic.Message.Samples[0];
        Assert.Equal((4096, true), (sample.TextLength, sample.TextCut));
    }

    [Fact]
    public void Several_texts_of_one_message_lie_side_by_side()
    {
        var topic = new Topic();
        var longer = new string('x', 2000);

        Assert.Equal($"/a='1' /b='{longer}' /c='3'", topic.Decode($$"""{"a":"1","b":"{{longer}}","c":"3"}"""));
    }
}
