
namespace Plotune.Mqtt.Client.Tests;

public sealed class MqttTopicTests
{
    [Theory]
    [InlineData("#")]
    [InlineData("+")]
    [InlineData("/")]
    [InlineData("a/+/b/#")]
    [InlineData("+/+")]
    [InlineData("a//b")]
    [InlineData("$SYS/#")]
    [InlineData("$share/group/a/#")]
    [InlineData("$share/group//")]
    public void Good_filters_pass(string filter) => Assert.Null(MqttTopic.FilterError(filter));

    [Theory]
    [InlineData("#", "a", true)]
    [InlineData("#", "a/b/c", true)]
    [InlineData("#", "$SYS/load", false)]
    [InlineData("+/load", "$SYS/load", false)]
    [InlineData("$SYS/#", "$SYS/load", true)]
    [InlineData("a/#", "a", true)]
    [InlineData("a/#", "a/", true)]
    [InlineData("a/#", "ab", false)]
    [InlineData("a/+", "a/b", true)]
    [InlineData("a/+", "a", false)]
    [InlineData("a/+", "a/", true)]
    [InlineData("a/+", "a/b/c", false)]
    [InlineData("+/+", "/a", true)]
    [InlineData("+", "/a", false)]
    [InlineData("a//b", "a//b", true)]
    [InlineData("a//b", "a/b", false)]
    [InlineData("a/b", "a/b", true)]
    [InlineData("a/b", "A/b", false)]
    [InlineData("a/b", "a", false)]
    [InlineData("a", "a/b", false)]
    [InlineData("a/+/c/#", "a/x/c/d/e", true)]
    [InlineData("a/+/c/#", "a/x/d", false)]
    [InlineData("$share/group/a/+", "a/b", true)]
    [InlineData("$share/group/a/+", "b/b", false)]
    [InlineData("$share/group/#", "$SYS/load", false)]
    public void A_filter_takes_the_topics_it_matches(string filter, string topic, bool isTaken) => Assert.Equal(isTaken, MqttTopic.Matches(filter, topic));

    [Conformance("3.1.1", "MQTT-4.7.1-2", "MQTT-4.7.1-3", "MQTT-4.7.3-1", "MQTT-4.7.3-2")]
    [Conformance("5.0", "MQTT-4.7.1-1", "MQTT-4.7.1-2", "MQTT-4.7.3-1", "MQTT-4.7.3-2", "MQTT-4.8.2-1", "MQTT-4.8.2-2")]
    [Theory]
    [InlineData("")]
    [InlineData("a#")]
    [InlineData("#/")]
    [InlineData("a/#/b")]
    [InlineData("a+")]
    [InlineData("a/+b/c")]
    [InlineData("a\0b")]
    [InlineData("$share/group")]
    [InlineData("$share/group/")]
    [InlineData("$share//a")]
    [InlineData("$share/g+/a")]
    [InlineData("$share/g/a/#/b")]
    public void Bad_filters_do_not(string filter) => Assert.EndsWith(".", MqttTopic.FilterError(filter), StringComparison.Ordinal);

    [Conformance("3.1.1", "MQTT-3.8.3-1", "MQTT-3.10.3-1")]
    [Conformance("5.0", "MQTT-3.8.3-1", "MQTT-3.10.3-1")]
    [Fact]
    public void Half_a_character_is_no_text() => Assert.NotNull(MqttTopic.FilterError("a/\uD800"));

    [Conformance("3.1.1", "MQTT-3.3.2-2", "MQTT-4.7.1-1")]
    [Conformance("5.0", "MQTT-3.3.2-2")]
    [Theory]
    [InlineData("a/b", true)]
    [InlineData("/", true)]
    [InlineData("", false)]
    [InlineData("a/+", false)]
    [InlineData("#", false)]
    [InlineData("a\0", false)]
    public void Names_have_no_wildcards(string name, bool good) => Assert.Equal(good, MqttTopic.NameError(name) is null);

    [Conformance("3.1.1", "MQTT-4.7.3-3")]
    [Conformance("5.0", "MQTT-4.7.3-3")]
    [Fact]
    public void Length_counts_in_bytes()
    {
        Assert.Null(MqttTopic.NameError(new string('x', 65_535)));
        Assert.NotNull(MqttTopic.NameError(new string('x', 65_536)));
        Assert.NotNull(MqttTopic.NameError(new string('ü', 32_768)));
    }
}
