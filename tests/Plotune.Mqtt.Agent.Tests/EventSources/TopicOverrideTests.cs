using Plotune.Mqtt.Agent.EventSources.Redis;

namespace Plotune.Mqtt.Agent.Tests.EventSources;

public sealed class TopicOverrideTests
{
    [Theory]
    [InlineData("nemo/tools/1", "fixed", "nemo/tools/1", "fixed")]
    [InlineData("nemo/tools/1", "fixed", "nemo/tools/2", null)]
    [InlineData("nemo/tools/+", "fixed", "nemo/tools/2", "fixed")]
    [InlineData("nemo/tools/+", "fixed", "nemo/tools", null)]
    [InlineData("nemo/tools/+", "fixed", "nemo/tools/2/enabled", null)]
    [InlineData("nemo/tools/+/enabled", "t/+/on", "nemo/tools/12/enabled", "t/12/on")]
    [InlineData("+/+/+", "c/+/b/+/a/+", "1/2/3", "c/1/b/2/a/3")]
    [InlineData("+/+/+", "+", "1/2/3", "1")]
    [InlineData("nemo/#", "x/#", "nemo/a/b", "x/a/b")]
    [InlineData("nemo/#", "x/#", "nemo", "x")]
    [InlineData("nemo/#", "#", "nemo/a", "a")]
    [InlineData("nemo/#", "x", "nemo/a/b", "x")]
    [InlineData("nemo/#", "x/#", "nemos/a", null)]
    [InlineData("nemo/+/#", "+/#", "nemo/a/b/c", "a/b/c")]
    [InlineData("nemo/+", "x/+", "nemo/", "x/")]
    [InlineData("#", "all/#", "a/b", "all/a/b")]
    [InlineData("#", "all/#", "$SYS/a", null)]
    [InlineData("+/a", "x/+", "$SYS/a", null)]
    [InlineData("$SYS/#", "sys/#", "$SYS/a", "sys/a")]
    public void A_topic_is_matched_as_MQTT_matches_it_and_wildcards_stand_for_what_they_matched(string match, string topic, string given, string? result) =>
        Assert.Equal(result, new TopicOverride(match, topic).Apply(given));

    [Theory]
    [InlineData("a/+", "b/+/+", "The topic has more wildcards + than match has.")]
    [InlineData("a/+", "b/#", "The topic has the wildcard #, but match has none.")]
    [InlineData("a/#", "b/#/c", "The wildcard # must be the last level, and stand alone in it.")]
    [InlineData("a/#", "", "The topic filter is empty.")]
    [InlineData("a/+/#", "b/+/#", null)]
    [InlineData("a/+", "b", null)]
    public void A_topic_without_something_to_put_in_is_refused(string match, string topic, string? error) =>
        Assert.Equal(error, new TopicOverride(match, topic).TopicError());
}
