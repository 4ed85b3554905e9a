using Plotune.Mqtt.Agent.Signals;

namespace Plotune.Mqtt.Agent.Tests.Signals;

public sealed class SignalKeyTests
{
    [Theory]
    [InlineData("factory/line1", "/motor/speed", "factory_line1_motor_speed")]
    [InlineData("factory/line1", "/on", "factory_line1_on")]
    [InlineData("factory/line1/sensor/temp", "", "factory_line1_sensor_temp")]
    [InlineData("m", "/phases/0", "m_phases_0")]
    [InlineData("a//b", "", "a__b")]
    [InlineData("/a/", "", "_a_")]
    [InlineData("a", "//b", "a__b")]
    [InlineData("a", "/x~1y/z~0w", "a_x_y_z_w")]
    [InlineData("a", "/~01", "a__1")]
    [InlineData("a b", "/c:d", "a_b_c_d")]
    [InlineData("halle/öl-druck.1_x", "", "halle_öl-druck.1_x")]
    [InlineData("工場/温度", "/値", "工場_温度_値")]
    [InlineData("t/😀", "", "t__")]
    [InlineData("Case", "", "Case")]
    public void A_key_is_the_topic_and_the_path_joined_by_underscores(string topic, string path, string key) => Assert.Equal(key, SignalKey.Of(topic, path));

    [Theory]
    [InlineData("*", "", true)]
    [InlineData("*", "abc", true)]
    [InlineData("a*", "abc", true)]
    [InlineData("*c", "abc", true)]
    [InlineData("a*c", "ac", true)]
    [InlineData("A*C", "abc", true)]
    [InlineData("a*b*c", "aXbYbZc", true)]
    [InlineData("a*b", "abc", false)]
    [InlineData("abc", "abc", true)]
    [InlineData("abc", "abcd", false)]
    [InlineData("", "", true)]
    [InlineData("", "a", false)]
    [InlineData("***", "a", true)]
    public void A_star_stands_for_any_characters(string pattern, string text, bool matches) => Assert.Equal(matches, Wildcard.Matches(pattern, text));

    [Fact]
    public void A_hostile_pattern_takes_no_exponential_time()
    {
        var pattern = string.Concat(Enumerable.Repeat("a*", 200)) + "b";

        Assert.False(Wildcard.Matches(pattern, new string('a', 5000)));
    }
}
