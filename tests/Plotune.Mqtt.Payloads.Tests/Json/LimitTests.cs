using System.Text;
using Plotune.Mqtt.Payloads.Tests.Support;

namespace Plotune.Mqtt.Payloads.Tests.Json;

public sealed class LimitTests
{
    [Theory]
    [InlineData(64, DecodeResult.Decoded)]
    [InlineData(65, DecodeResult.TooDeep)]
    [InlineData(100_000, DecodeResult.TooDeep)]
    public void Nesting_is_limited(int depth, DecodeResult result)
    {
        var topic = new Topic();
        var payload = new StringBuilder().Insert(0, "[", depth).Append('1').Append(']', depth).ToString();

        Assert.Equal(result, topic.Result(payload));
        Assert.Equal(result == DecodeResult.Decoded ? 1 : 0, topic.Message.Samples.Length);
        Assert.Equal(result == DecodeResult.Decoded ? 1 : 0, topic.Registry.Signals.Count);
    }

    [Fact]
    public void Deep_text_that_is_not_json_is_a_text()
    {
        var topic = new Topic();

        Assert.Equal(DecodeResult.Decoded, topic.Result(new string('[', 100_000)));
        Assert.Equal([string.Empty], topic.Paths);
    }

    [Theory]
    [InlineData("""{"a":1,"b":2,"c":3}""", DecodeResult.Decoded)]
    [InlineData("""{"a":1,"b":2,"c":3,"d":null,"timestamp":1767323045}""", DecodeResult.Decoded)]
    [InlineData("""{"value":1,"a":1,"b":2,"c":3}""", DecodeResult.Decoded)]
    [InlineData("""{"a":1,"b":"x","c":true,"d":4}""", DecodeResult.TooManyLeaves)]
    [InlineData("[1,2,3,4]", DecodeResult.TooManyLeaves)]
    [InlineData("""{"value":[1,2,3,4]}""", DecodeResult.TooManyLeaves)]
    public void Leaves_are_limited(string payload, DecodeResult result)
    {
        var topic = new Topic(new PayloadOptions { MaximumLeaves = 3 });

        Assert.Equal(result, topic.Result(payload));
        Assert.Equal(result == DecodeResult.Decoded, topic.Message.Samples.Length > 0);
        Assert.Equal(result == DecodeResult.Decoded, topic.Registry.Signals.Count > 0);
    }

    [Fact]
    public void Leaves_are_limited_where_there_was_a_null_before()
    {
        var topic = new Topic(new PayloadOptions { MaximumLeaves = 3 });
        topic.Decode("[1,2,3]");
        topic.Decode("[null,null,null,4]");
        Assert.Equal("/0=1 /1=2 /2=3 /3=gap", topic.Decode("[1,2,3,null]"));

        Assert.Equal(DecodeResult.TooManyLeaves, topic.Result("[1,2,3,4]"));
        Assert.Equal(0, topic.Message.Samples.Length);
    }

    [Fact]
    public void A_failure_leaves_no_sample_of_the_message_before()
    {
        var topic = new Topic();
        topic.Decode("""{"a":"x"}""");

        Assert.Equal(DecodeResult.NotText, topic.Result([0xFF]));
        Assert.Equal((0, 0), (topic.Message.Samples.Length, topic.Message.Text.Length));
    }

    [Fact]
    public void A_refused_leaf_is_left_out_and_not_asked_for_again()
    {
        var topic = new Topic(registry: new RecordingRegistry(limit: 2));

        for (var i = 0; i < 5; i++)
        {
            Assert.Equal("/a=1 /b=2", topic.Decode("""{"a":1,"b":2,"c":3,"d":"x"}"""));
            Assert.Equal(2, topic.Message.LeavesLeftOut);
        }

        Assert.Equal("/a=gap", topic.Decode("""{"a":null,"c":null}"""));
        Assert.Equal(2, topic.Registry.Refusals);
    }

    [Fact]
    public void Keys_that_never_come_again_stop_being_remembered()
    {
        var topic = new Topic(registry: new RecordingRegistry(limit: 50));

        for (var i = 0; i < 5000; i++)
        {
            topic.Decode($$"""{"id{{i}}":1}""");
        }

        Assert.Equal(50, topic.Registry.Signals.Count);
        Assert.InRange(topic.Registry.Refusals, 1, 64);
        Assert.Equal("/id7=2", topic.Decode("""{"id7":2}"""));
    }

    [Fact]
    public void A_topic_remembers_so_many_paths_whatever_the_registry_takes()
    {
        var topic = new Topic(new PayloadOptions { MaximumLeaves = 500 });

        for (var i = 0; i < 5000; i++)
        {
            topic.Decode($$"""{"id{{i}}":1}""");
        }

        Assert.Equal(2000, topic.Registry.Signals.Count);
        Assert.Equal(1, topic.Message.LeavesLeftOut);
    }

    [Fact]
    public void A_path_of_unreasonable_length_makes_no_signal()
    {
        var topic = new Topic();
        var name = new string('x', 2000);

        Assert.Equal("/a=1", topic.Decode($$$"""{"{{{name}}}":{"b":1,"c":{"d":2}},"a":1}"""));
        Assert.Equal(2, topic.Message.LeavesLeftOut);
        Assert.Equal("/a=1", topic.Decode($$"""{"{{name.Replace("x", "\\u0078", StringComparison.Ordinal)}}":2,"a":1}"""));
    }

    [Fact]
    public void Texts_of_a_topic_without_room_are_left_out()
    {
        var topic = new Topic(registry: new RecordingRegistry(limit: 0));

        Assert.Equal(string.Empty, topic.Decode("hello"));
        Assert.Equal(1, topic.Message.LeavesLeftOut);
        Assert.Equal(string.Empty, topic.Decode("12.5"));
        Assert.Equal(1, topic.Registry.Refusals);
    }
}
