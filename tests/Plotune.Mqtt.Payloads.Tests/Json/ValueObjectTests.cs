using Plotune.Mqtt.Payloads.Tests.Support;

namespace Plotune.Mqtt.Payloads.Tests.Json;

public sealed class ValueObjectTests
{
    [Theory]
    [InlineData("""{"value":1.5,"quality":3,"timestamp":1767323045,"meta":{"x":1}}""", "=1.5")]
    [InlineData("""{"val":"on"}""", "='on'")]
    [InlineData("""{"val":1,"value":2}""", "=2")]
    [InlineData("""{"value":2,"val":1}""", "=2")]
    [InlineData("""{"value":null,"val":1}""", "")]
    [InlineData("""{"v\u0061lue":false,"x":1}""", "=false")]
    [InlineData("""{"value":{"x":1,"y":[2,3]},"z":4}""", "/x=1 /y/0=2 /y/1=3")]
    [InlineData("""{"value":[1,2],"unit":"V"}""", "/0=1 /1=2")]
    [InlineData("""{"value":{"value":1,"timestamp":2}}""", "/value=1 /timestamp=2")]
    [InlineData("""{"value":{}}""", "")]
    [InlineData("""{"value":1,"t":21.5}""", "=1")]
    [InlineData("""{"Value":1}""", "/Value=1")]
    public void The_value_is_the_topics_own_signal_and_the_rest_is_none(string payload, string samples)
    {
        var topic = new Topic();

        Assert.Equal(samples, topic.Decode(payload));
        Assert.Equal(samples, topic.Decode(payload));
    }

    [Fact]
    public void Unit_and_description_are_told_once()
    {
        var topic = new Topic();

        for (var i = 0; i < 3; i++)
        {
            topic.Decode($$"""{"value":{{i}},"unit":"°C","description":"oil"}""");
        }

        Assert.Equal([(0, "°C", "oil")], topic.Registry.Descriptions);
    }

    [Fact]
    public void A_changed_unit_is_told_again()
    {
        var topic = new Topic();

        topic.Decode("""{"value":1,"unit":"V"}""");
        topic.Decode("""{"value":1,"unit":"V"}""");
        topic.Decode("""{"value":1,"unit":"mV"}""");
        topic.Decode("""{"value":1,"units":"mV","description":"d"}""");
        topic.Decode("""{"value":1}""");
        topic.Decode("""{"value":1,"unit":"m\u0056"}""");

        Assert.Equal([(0, "V", null), (0, "mV", null), (0, "mV", "d")], topic.Registry.Descriptions);
    }

    [Theory]
    [InlineData("""{"value":1,"unit":5,"description":null}""")]
    [InlineData("""{"value":{"x":1},"unit":"V"}""")]
    [InlineData("""{"value":[1],"unit":"V","description":"d"}""")]
    [InlineData("""{"x":1,"unit":"V"}""")]
    [InlineData("""{"value":null,"unit":"V"}""")]
    public void Nothing_is_told_without_a_text_and_a_single_value(string payload)
    {
        var topic = new Topic();

        topic.Decode(payload);
        topic.Decode(payload);

        Assert.Empty(topic.Registry.Descriptions);
    }

    [Fact]
    public void Long_units_and_descriptions_are_cut_at_a_character()
    {
        var topic = new Topic(new PayloadOptions { MaximumTextBytes = 4 });

        topic.Decode("""{"value":1,"unit":"mmmmm","description":"aaaö"}""");

        Assert.Equal([(0, "mmmm", "aaa")], topic.Registry.Descriptions);
    }
}
