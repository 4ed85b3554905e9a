using Plotune.Mqtt.Payloads.Tests.Support;

namespace Plotune.Mqtt.Payloads.Tests.Json;

public sealed class GapTests
{
    [Theory]
    [InlineData("""{"a":null}""")]
    [InlineData("null")]
    [InlineData(" null ")]
    [InlineData("""[null,{"x":null}]""")]
    [InlineData("")]
    [InlineData("""{"value":null}""")]
    public void A_null_makes_up_no_signal(string payload)
    {
        var topic = new Topic();

        Assert.Equal(string.Empty, topic.Decode(payload));
        Assert.Equal(string.Empty, topic.Decode(payload));
        Assert.Empty(topic.Registry.Signals);
    }

    [Theory]
    [InlineData("""{"a":1,"b":{"x":2,"y":[3,4]}}""", """{"a":null}""", "/a=gap")]
    [InlineData("""{"a":1,"b":{"x":2,"y":[3,4]}}""", """{"b":null,"c":null}""", "/b/x=gap /b/y/0=gap /b/y/1=gap")]
    [InlineData("""{"a":1,"b":{"x":2,"y":[3,4]}}""", """{"b":{"y":null,"x":5}}""", "/b/y/0=gap /b/y/1=gap /b/x=5")]
    [InlineData("""{"a":1,"b":{"x":2,"y":[3,4]}}""", """{"b":{"y":[null,6]}}""", "/b/y/0=gap /b/y/1=6")]
    [InlineData("""{"a":1,"b":{"x":2}}""", "null", "/a=gap /b/x=gap")]
    [InlineData("""{"a":1,"b":{"x":2}}""", "", "/a=gap /b/x=gap")]
    [InlineData("""{"a":1,"b":{"x":2}}""", "\uFEFF", "/a=gap /b/x=gap")]
    [InlineData("""{"a":1,"b":{"x":2}}""", """{"value":null}""", "/a=gap /b/x=gap")]
    [InlineData("""{"value":1}""", """{"value":null}""", "=gap")]
    [InlineData("""{"value":1}""", """{"val":null}""", "=gap")]
    [InlineData("5", "null", "=gap")]
    [InlineData("""{"a":1}""", """{"a":2,"a":null}""", "/a=gap")]
    [InlineData("""{"a":1}""", """{"a":null,"a":null}""", "/a=gap")]
    [InlineData("""{"a":1}""", "{}", "")]
    [InlineData("""{"a":1}""", """{"a":{}}""", "")]
    public void A_null_is_a_gap_of_what_is_known_there(string first, string second, string samples)
    {
        var topic = new Topic();
        topic.Decode(first);
        topic.Decode(first);

        Assert.Equal(samples, topic.Decode(second));
        Assert.Equal(samples, topic.Decode(second));
    }

    [Fact]
    public void A_null_on_a_leaf_that_has_been_an_object_is_a_gap_of_both()
    {
        var topic = new Topic();
        topic.Decode("""{"a":1}""");
        topic.Decode("""{"a":{"b":2}}""");
        topic.Decode("""{"a":1}""");

        Assert.Equal("/a=gap /a/b=gap", topic.Decode("""{"a":null}"""));
        Assert.Equal("/a=gap /a/b=gap", topic.Decode("""{"a":null}"""));
    }

    [Fact]
    public void A_null_that_made_no_gap_makes_one_once_its_path_is_known()
    {
        var topic = new Topic();
        topic.Decode("""{"a":1,"b":null}""");
        topic.Decode("""{"b":2}""");

        Assert.Equal("/a=1 /b=gap", topic.Decode("""{"a":1,"b":null}"""));
    }
}
