using Plotune.Mqtt.Payloads.Tests.Support;

namespace Plotune.Mqtt.Payloads.Tests.Json;

public sealed class FlatteningTests
{
    [Theory]
    [InlineData("""{"motor":{"speed":3},"on":true}""", "/motor/speed=3 /on=true")]
    [InlineData("""{"phases":[1.5,"x",false]}""", "/phases/0=1.5 /phases/1='x' /phases/2=false")]
    [InlineData("""[1,[2,{"a":3}]]""", "/0=1 /1/0=2 /1/1/a=3")]
    [InlineData("""{"a/b":1,"c~d":2,"~/":3,"":4}""", "/a~1b=1 /c~0d=2 /~0~1=3 /=4")]
    [InlineData("""{"a":{},"b":[],"c":[{},[]]}""", "")]
    [InlineData("{}", "")]
    [InlineData("[]", "")]
    [InlineData("42", "=42")]
    [InlineData("true", "=true")]
    [InlineData("\"text\"", "='text'")]
    [InlineData(" \t\r\n{ \"a\" : [ 1 , 2 ] } \n", "/a/0=1 /a/1=2")]
    [InlineData("""{"\u0061":1,"gr\u00fc\u00df":2,"grüß2":3}""", "/a=1 /grüß=2 /grüß2=3")]
    [InlineData("""{"nested":{"value":1,"timestamp":2,"unit":"V"}}""", "/nested/value=1 /nested/timestamp=2 /nested/unit='V'")]
    [InlineData("""[{"value":1},{"value":2}]""", "/0/value=1 /1/value=2")]
    public void Every_leaf_is_a_signal_named_by_its_pointer(string payload, string samples)
    {
        var topic = new Topic();

        Assert.Equal(samples, topic.Decode(payload));
        Assert.Equal(samples, topic.Decode(payload));
    }

    [Theory]
    [InlineData("""{"a":1,"a":2}""", "/a=2")]
    [InlineData("""{"a":1,"b":3,"a":2}""", "/b=3 /a=2")]
    [InlineData("""{"a":{"x":1},"a":2}""", "/a=2")]
    [InlineData("""{"a":2,"a":{"x":1}}""", "/a/x=1")]
    [InlineData("""{"a":{"x":1},"a":{"y":2}}""", "/a/y=2")]
    [InlineData("""{"a":{"x":1},"a":{"x":2}}""", "/a/x=2")]
    [InlineData("""{"a":{"x":1},"a":[]}""", "")]
    [InlineData("""{"a":1,"a":null}""", "")]
    [InlineData("""{"a":null,"a":1}""", "/a=1")]
    [InlineData("""{"a":1,"\u0061":2}""", "/a=2")]
    [InlineData("""{"a":[1,2],"a":[3]}""", "/a/0=3")]
    [InlineData("""{"value":1,"value":2}""", "=2")]
    [InlineData("""{"value":1,"value":{"x":2}}""", "/x=2")]
    [InlineData("""{"timestamp":5,"timestamp":1767323045}""", "")]
    public void Of_members_with_the_same_name_the_last_wins(string payload, string samples)
    {
        var topic = new Topic();

        Assert.Equal(samples, topic.Decode(payload));
        Assert.Equal(samples, topic.Decode(payload));
        Assert.Equal(samples.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(sample => sample.Split('=')[0]), topic.Paths);
    }

    [Fact]
    public void An_element_and_a_member_of_its_number_are_one_signal()
    {
        var topic = new Topic();

        topic.Decode("""{"a":[1]}""");

        Assert.Equal("/a/0=2", topic.Decode("""{"a":{"0":2}}"""));
        Assert.Equal(["/a/0"], topic.Paths);
    }

    [Fact]
    public void A_leaf_whose_kind_changes_keeps_its_signal()
    {
        var topic = new Topic();

        Assert.Equal("/a=1", topic.Decode("""{"a":1}"""));
        Assert.Equal("/a='x'", topic.Decode("""{"a":"x"}"""));
        Assert.Equal("/a=true", topic.Decode("""{"a":true}"""));
        Assert.Equal([("a/topic", "/a", SignalValueKind.Number)], topic.Registry.Signals);
    }

    [Fact]
    public void A_leaf_that_becomes_an_object_gets_leaves_below_it()
    {
        var topic = new Topic();

        topic.Decode("""{"a":1}""");

        Assert.Equal("/a/b=2", topic.Decode("""{"a":{"b":2}}"""));
        Assert.Equal("/a=3", topic.Decode("""{"a":3}"""));
        Assert.Equal(["/a", "/a/b"], topic.Paths);
    }

    [Theory]
    [InlineData("""{"a":NaN,"b":1}""", "/a=NaN /b=1")]
    [InlineData("""[Infinity,-Infinity]""", "/0=Infinity /1=-Infinity")]
    [InlineData("""{"a":1e400,"b":-1e400,"c":1e-400}""", "/a=Infinity /b=-Infinity /c=0")]
    [InlineData("""[-0,0.1,1.7976931348623157e308,5e-324,123456789012345678901234567890]""", "/0=-0 /1=0.1 /2=1.7976931348623157E+308 /3=5E-324 /4=1.2345678901234568E+29")]
    public void Numbers_are_the_nearest_double(string payload, string samples)
    {
        var topic = new Topic();

        Assert.Equal(samples, topic.Decode(payload));
        Assert.Equal(samples, topic.Decode(payload));
    }

    [Fact]
    public void Objects_of_many_members_are_found_in_any_order()
    {
        var topic = new Topic();
        var names = Enumerable.Range(0, 1000).ToArray();
        topic.Decode("{" + string.Join(',', names.Select(name => $"\"k{name}\":{name}")) + "}");
        Array.Reverse(names);

        var samples = topic.Decode("{" + string.Join(',', names.Select(name => $"\"k{name}\":{name}")) + "}");

        Assert.Equal(string.Join(' ', names.Select(name => $"/k{name}={name}")), samples);
        Assert.Equal(1000, topic.Registry.Signals.Count);
    }
}
