using System.Globalization;
using Plotune.Mqtt.Payloads.Tests.Support;

namespace Plotune.Mqtt.Payloads.Tests.Time;

public sealed class TimeTests
{
    [Theory]
    [InlineData("1767323045", 0)]
    [InlineData("1767323045.123", 123_000)]
    [InlineData("1767323045.1234565", 123_457)]
    [InlineData("1767323045.12345649999999999999999999", 123_456)]
    [InlineData("1767323045123", 123_000)]
    [InlineData("1767323045123.4564", 123_456)]
    [InlineData("1767323045123456", 123_456)]
    [InlineData("1767323045123456.5", 123_457)]
    [InlineData("1767323045123456789", 123_457)]
    [InlineData("1767323045123456499", 123_456)]
    [InlineData("1767323045123456499.99", 123_456)]
    [InlineData("1.767323045e9", 0)]
    [InlineData("17673230450000000e-7", 0)]
    [InlineData("1767323045000.000000000000000000000", 0)]
    [InlineData("\"1767323045.5\"", 500_000)]
    [InlineData("\" 1767323045123 \"", 123_000)]
    [InlineData("\"2026-01-02T03:04:05Z\"", 0)]
    [InlineData("\"2026-01-02 03:04:05\"", 0)]
    [InlineData("\"2026-01-02t03:04:05z\"", 0)]
    [InlineData("\"2026-01-02T03:04:05.1Z\"", 100_000)]
    [InlineData("\"2026-01-02T03:04:05,123456Z\"", 123_456)]
    [InlineData("\"2026-01-02T03:04:05.123456500Z\"", 123_457)]
    [InlineData("\"2026-01-02T03:04:05.999999999Z\"", 1_000_000)]
    [InlineData("\"2026-01-02T04:34:05+01:30\"", 0)]
    [InlineData("\"2026-01-01T22:04:05-0500\"", 0)]
    [InlineData("\"2026-01-02T05:04:05+02\"", 0)]
    [InlineData("\"2026-01-02 05:04:05 +02:00\"", 0)]
    [InlineData("\"20260102T030405Z\"", 0)]
    [InlineData("\"2026-01-02T03:04Z\"", -5_000_000)]
    [InlineData("\"2026-01-02\"", -11_045_000_000)]
    [InlineData("\"2026-01-01T24:00:00Z\"", -11_045_000_000)]
    [InlineData("\"2026-01-02T03:03:60Z\"", -5_000_000)]
    [InlineData("\"2026\\u002d01-02T03:04:06Z\"", 1_000_000)]
    public void The_timestamp_is_the_time_and_no_signal(string timestamp, long afterArrival)
    {
        var topic = new Topic();
        var payload = $"{{\"a\":1,\"timestamp\":{timestamp}}}";

        Assert.Equal(Topic.Arrival + afterArrival, topic.TimeOf(payload));
        Assert.Equal(Topic.Arrival + afterArrival, topic.TimeOf(payload));
        Assert.Equal(["/a"], topic.Paths);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("1e308")]
    [InlineData("-1e308")]
    [InlineData("1e-308")]
    [InlineData("1e99999999999")]
    [InlineData("NaN")]
    [InlineData("9223372036854775807")]
    [InlineData("-9223372036854775808")]
    [InlineData("18446744073709551616")]
    [InlineData("99999999999999999999999999999")]
    [InlineData("\"nan\"")]
    [InlineData("\"\"")]
    [InlineData("\"yesterday\"")]
    [InlineData("\"2026-13-02T03:04:05Z\"")]
    [InlineData("\"2026-02-29T03:04:05Z\"")]
    [InlineData("\"2026-01-02T25:04:05Z\"")]
    [InlineData("\"2026-01-02T03:04:05.Z\"")]
    [InlineData("\"2026-01-02T03:04:05.1234567890Z\"")]
    [InlineData("\"2026-01-02T03:04:05Zx\"")]
    [InlineData("\"2026-01-02T\"")]
    [InlineData("\"03:04:05\"")]
    [InlineData("\"0000-01-02T03:04:05Z\"")]
    [InlineData("\"9999-12-31T24:00:00Z\"")]
    [InlineData("\"1990-01-01T00:00:00Z\"")]
    public void A_time_that_cannot_be_is_that_of_arrival_and_still_no_signal(string timestamp)
    {
        var topic = new Topic();
        var payload = $"{{\"a\":1,\"timestamp\":{timestamp}}}";

        Assert.Equal(Topic.Arrival, topic.TimeOf(payload));
        Assert.Equal(Topic.Arrival, topic.TimeOf(payload));
        Assert.Equal(["/a"], topic.Paths);
    }

    [Theory]
    [InlineData("""{"t":1767323001,"ts":1767323002,"time":1767323003,"timestamp":1767323004}""", 4, "/t=1767323001 /ts=1767323002 /time=1767323003")]
    [InlineData("""{"t":1767323001,"ts":1767323002,"time":1767323003}""", 3, "/t=1767323001 /ts=1767323002")]
    [InlineData("""{"t":1767323001,"ts":1767323002}""", 2, "/t=1767323001")]
    [InlineData("""{"t":1767323001}""", 1, "")]
    [InlineData("""{"timestamp":true,"time":1767323003}""", 3, "/timestamp=true")]
    [InlineData("""{"timestamp":null,"time":1767323003}""", 3, "")]
    [InlineData("""{"timestamp":{"s":1},"time":1767323003}""", 3, "/timestamp/s=1")]
    [InlineData("""{"timestamp":"never","time":1767323003}""", 45, "/time=1767323003")]
    [InlineData("""{"t":21.5}""", 45, "/t=21.5")]
    [InlineData("""{"t":"warm"}""", 45, "/t='warm'")]
    [InlineData("""{"t":"2026-01-02T03:03:25Z"}""", 5, "")]
    [InlineData("""{"ts":21.5,"t":1767323003}""", 45, "/t=1767323003")]
    [InlineData("""{"value":1,"t":1767323003}""", 3, "=1")]
    [InlineData("""{"value":1,"t":21.5}""", 45, "=1")]
    [InlineData("""{"value":1,"ts":"x","time":1767323003}""", 3, "=1")]
    [InlineData("""[{"timestamp":1767323003}]""", 45, "/0/timestamp=1767323003")]
    public void The_first_candidate_that_is_a_number_or_a_text_is_the_time(string payload, int second, string samples)
    {
        var topic = new Topic();
        for (var i = 0; i < 2; i++)
        {
            Assert.Equal(samples, topic.Decode(payload));
            Assert.Equal(Expected(second), topic.Message.TimeMicros);
        }

        static long Expected(int second) => second == 5 ? Topic.Arrival - 40_000_000 : Topic.Arrival + ((second - 45) * 1_000_000L);
    }

    [Fact]
    public void A_t_is_time_or_leaf_as_each_message_has_it()
    {
        var topic = new Topic();

        Assert.Equal("/t=21.5 /a=1", topic.Decode("""{"t":21.5,"a":1}"""));
        Assert.Equal("/t=21.6 /a=1", topic.Decode("""{"t":21.6,"a":1}"""));
        Assert.Equal(Topic.Arrival, topic.Message.TimeMicros);
        Assert.Equal("/a=1", topic.Decode("""{"t":1767323046,"a":1}"""));
        Assert.Equal(Topic.Arrival + 1_000_000, topic.Message.TimeMicros);
        Assert.Equal("/t=21.7 /a=1", topic.Decode("""{"t":21.7,"a":1}"""));
        Assert.Equal("/t=true /a=1", topic.Decode("""{"t":true,"a":1}"""));
        Assert.Equal("/t=gap /a=1", topic.Decode("""{"t":null,"a":1}"""));
        Assert.Equal(Topic.Arrival, topic.Message.TimeMicros);
    }

    [Fact]
    public void A_candidate_that_becomes_a_number_becomes_the_time()
    {
        var topic = new Topic();

        Assert.Equal("/timestamp=true /ts=1767323046", topic.Decode("""{"timestamp":true,"time":1,"ts":1767323046}"""));
        Assert.Equal("/time=1 /ts=1767323046", topic.Decode("""{"timestamp":1767323047,"time":1,"ts":1767323046}"""));
        Assert.Equal(Topic.Arrival + 2_000_000, topic.Message.TimeMicros);
    }

    [Theory]
    [InlineData(-10, true)]
    [InlineData(10, true)]
    [InlineData(-11, false)]
    [InlineData(11, false)]
    public void The_tolerance_is_kept_on_both_sides(int seconds, bool believed)
    {
        var topic = new Topic(new PayloadOptions { TimestampTolerance = TimeSpan.FromSeconds(10) });
        var timestamp = (Topic.Arrival / 1_000_000) + seconds;

        Assert.Equal(Topic.Arrival + (believed ? seconds * 1_000_000L : 0), topic.TimeOf(string.Create(CultureInfo.InvariantCulture, $"{{\"time\":{timestamp}}}")));
    }

    [Fact]
    public void The_widest_tolerance_overflows_nowhere()
    {
        var topic = new Topic(new PayloadOptions { TimestampTolerance = TimeSpan.MaxValue });

        Assert.Equal(-1_000_000, topic.TimeOf("""{"time":-1}"""));
        Assert.Equal(0, topic.TimeOf("""{"time":0}"""));
        Assert.Equal(Topic.Arrival, topic.TimeOf("""{"time":1e308}"""));
        Assert.Equal(99_999_999_999_000_000, topic.TimeOf("""{"time":99999999999}"""));
        Assert.Equal(100_000_000_000_000, topic.TimeOf("""{"time":100000000000}"""));
        Assert.Equal(-9_223_372_036_854_776, topic.TimeOf("""{"time":-9223372036854775808}"""));
        Assert.Equal(100_000_000_000_000, topic.TimeOf("""{"time":100000000000000}"""));
        Assert.Equal(100_000_000_000_000, topic.TimeOf("""{"time":100000000000000000}"""));
    }
}
