using System.Text;
using System.Text.Json;
using Plotune.Mqtt.Agent.Bridge;

namespace Plotune.Mqtt.Agent.Tests.Bridge;

public sealed class SampleReaderTests
{
    private const long Arrival = 1_766_000_000_654_321;
    private const string Arrived = "1766000000.654321";

    [Theory]
    [InlineData("""{"timestamp": 1766000000.123, "value": 23.4}""", "23.4", "1766000000.123")]
    [InlineData("""{"timestamp":1766000000,"value":1,"desc":"d","status":"ok"}""", "1", "1766000000")]
    [InlineData("""{"val": 5, "time": 1766000000.5}""", "5", "1766000000.5")]
    [InlineData("""{"val": 5, "value": 6, "time": 7, "timestamp": 8}""", "6", "8")]
    [InlineData("""{"value": 1, "value": 2, "timestamp": 1, "timestamp": 2}""", "2", "2")]
    [InlineData("""{"value": null, "timestamp": 1}""", "null", "1")]
    [InlineData("""{"speed":3}""", """{"speed":3}""", Arrived)]
    [InlineData("""{ "speed" : 3, "timestamp" : 4 }""", """{ "speed" : 3, "timestamp" : 4 }""", "4")]
    [InlineData("{}", "{}", Arrived)]
    [InlineData("""{"v\u0061lue":1,"t\u0069me":2}""", "1", "2")]
    [InlineData("""{"a\ud800":0,"value":1,"timestamp":2}""", "1", "2")]
    public void Objects_give_their_value_and_their_time(string message, string value, string timestamp) => AssertRead(message, value, timestamp);

    [Theory]
    [InlineData("23.4", "23.4")]
    [InlineData(" 23.4\n", "23.4")]
    [InlineData("1.0", "1.0")]
    [InlineData("1", "1")]
    [InlineData("-0", "-0")]
    [InlineData("1e3", "1e3")]
    [InlineData("12345678901234567890.123456789", "12345678901234567890.123456789")]
    [InlineData("true", "true")]
    [InlineData("false", "false")]
    [InlineData("null", "null")]
    [InlineData("\"running\"", "\"running\"")]
    [InlineData("\"\\u00e4\\n\"", "\"\\u00e4\\n\"")]
    [InlineData("[1,2]", "[1,2]")]
    [InlineData("""[{"value":1}]""", """[{"value":1}]""")]
    public void Bare_values_are_published_as_they_were_written(string message, string value) => AssertRead(message, value, Arrived);

    [Theory]
    [InlineData("""{"value":true,"timestamp":1}""", "true")]
    [InlineData("""{"value":"1","timestamp":1}""", "\"1\"")]
    [InlineData("""{"value":1.50,"timestamp":1}""", "1.50")]
    [InlineData("""{"value":{"x":[1,2]},"timestamp":1}""", """{"x":[1,2]}""")]
    public void Values_keep_their_type_and_their_digits(string message, string value) => AssertRead(message, value, "1");

    [Theory]
    [InlineData("NaN", "null", Arrived)]
    [InlineData("Infinity", "null", Arrived)]
    [InlineData("-Infinity", "null", Arrived)]
    [InlineData("""{"value": NaN, "timestamp": 1}""", "null", "1")]
    [InlineData("""{"value": Infinity, "timestamp": 1}""", "null", "1")]
    [InlineData("""{"value": -Infinity, "timestamp": 1}""", "null", "1")]
    [InlineData("""{"value": [1, NaN, -Infinity], "timestamp": 1}""", "[1, null, null]", "1")]
    [InlineData("""{"value": "NaN \" NaN", "timestamp": 1}""", "\"NaN \\\" NaN\"", "1")]
    [InlineData("""{"NaN": NaN, "value": "Infinity\\", "timestamp": 1}""", "\"Infinity\\\\\"", "1")]
    [InlineData("""{"value": 1, "timestamp": NaN}""", "1", Arrived)]
    [InlineData("""{"value": 1, "timestamp": Infinity}""", "1", Arrived)]
    public void Tokens_that_only_Python_knows_become_null(string message, string value, string timestamp) => AssertRead(message, value, timestamp);

    [Theory]
    [InlineData("running", "\"running\"")]
    [InlineData("true story", "\"true story\"")]
    [InlineData("NaN is no number", "\"NaN is no number\"")]
    [InlineData("{\"value\":1", "\"{\\\"value\\\":1\"")]
    [InlineData("{\"value\":1}{\"value\":2}", "\"{\\\"value\\\":1}{\\\"value\\\":2}\"")]
    [InlineData("[1,]", "\"[1,]\"")]
    [InlineData("1,5", "\"1,5\"")]
    [InlineData("007", "\"007\"")]
    [InlineData("{'value': 1}", "\"{'value': 1}\"")]
    [InlineData("a\tb", "\"a\\tb\"")]
    [InlineData("-", "\"-\"")]
    [InlineData("\"", "\"\\\"\"")]
    public void What_is_no_JSON_is_a_text(string message, string value) => AssertRead(message, value, Arrived);

    [Theory]
    [InlineData("1766000000.1234567", "1766000000.123457")]
    [InlineData("1766000000123", "1766000000.123")]
    [InlineData("1766000000123456", "1766000000.123456")]
    [InlineData("1766000000123456789", "1766000000.123457")]
    [InlineData("\"1766000000.5\"", "1766000000.5")]
    [InlineData("\" 17.5 \"", "17.5")]
    [InlineData("1.766e9", "1766000000")]
    [InlineData("0", "0")]
    [InlineData("-1.5", "-1.5")]
    [InlineData("null", Arrived)]
    [InlineData("true", Arrived)]
    [InlineData("\"2025-12-17T19:33:20Z\"", Arrived)]
    [InlineData("\"yesterday\"", Arrived)]
    [InlineData("\"\"", Arrived)]
    [InlineData("\"NaN\"", Arrived)]
    [InlineData("\"1_000\"", Arrived)]
    [InlineData("{}", Arrived)]
    [InlineData("[1]", Arrived)]
    [InlineData("1e300", Arrived)]
    [InlineData("1e30", Arrived)]
    [InlineData("1e-300", "0")]
    public void Time_is_in_seconds_and_that_of_arrival_where_there_is_none(string json, string timestamp)
    {
        AssertRead($$"""{"value":1,"timestamp":{{json}}}""", "1", timestamp);
        AssertRead($$"""{"time":{{json}},"val":1}""", "1", timestamp);
    }

    [Theory]
    [InlineData("")]
    [InlineData(" \r\n\t")]
    [InlineData("\ufeff")]
    public void An_empty_message_is_no_sample(string message) => Assert.Equal(SampleFault.Empty, SampleReader.Read(Encoding.UTF8.GetBytes(message), Arrival, out _));

    [Theory]
    [InlineData(new byte[] { 0xff })]
    [InlineData(new byte[] { (byte)'"', 0xc3, (byte)'"' })]
    [InlineData(new byte[] { 0, 0, 0, 0, 0, 0, 0xf0, 0x3f })]
    public void Bytes_that_are_no_text_are_no_sample(byte[] message) => Assert.Equal(SampleFault.NotText, SampleReader.Read(message, Arrival, out _));

    [Fact]
    public void A_byte_order_mark_is_no_part_of_the_value() => AssertRead("\ufeff{\"value\":1,\"timestamp\":2}", "1", "2");

    [Fact]
    public void Depth_has_no_limit_but_the_length()
    {
        var deep = new string('[', 100_000) + new string(']', 100_000);

        Assert.Equal(SampleFault.None, SampleReader.Read(Encoding.UTF8.GetBytes(deep), Arrival, out var sample));

        Assert.StartsWith("{\"value\":[[[[", Encoding.UTF8.GetString(sample.Payload.Span), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("5", 5.0)]
    [InlineData("""{"value":-1.5e2}""", -150.0)]
    [InlineData("\"5\"", double.NaN)]
    [InlineData("true", double.NaN)]
    [InlineData("NaN", double.NaN)]
    [InlineData("1e999", double.NaN)]
    public void A_number_is_known_as_such(string message, double number)
    {
        SampleReader.Read(Encoding.UTF8.GetBytes(message), Arrival, out var sample);

        Assert.Equal(number, sample.Number);
    }

    [Fact]
    public void Every_prefix_of_a_message_is_read_without_harm()
    {
        var message = Encoding.UTF8.GetBytes("""{"value": [NaN, -Infinity, {"ä\"\\": "\ud83d\ude00"}], "timestamp": 1766000000.123}""");
        for (var length = 1; length <= message.Length; length++)
        {
            if (SampleReader.Read(message.AsSpan(0, length), Arrival, out var sample) == SampleFault.None) JsonDocument.Parse(sample.Payload).Dispose();
        }
    }

    [Fact]
    public void Whatever_comes_what_is_published_is_JSON_with_a_value_and_a_time()
    {
        var original = Encoding.UTF8.GetBytes("""{"value": [NaN, "a\\"ä", {"b": -Infinity}, 1.5e3, true], "timestamp": 1766000000.123, "desc": null}""");
        var random = new Random(4711);
        for (var round = 0; round < 20_000; round++)
        {
            var message = original[..random.Next(1, original.Length + 1)];
            for (var change = random.Next(4); change > 0; change--) message[random.Next(message.Length)] = (byte)random.Next(256);
            if (SampleReader.Read(message, Arrival, out var sample) != SampleFault.None) continue;
            using var published = JsonDocument.Parse(sample.Payload);
            Assert.Equal(["value", "timestamp"], published.RootElement.EnumerateObject().Select(member => member.Name));
            Assert.Equal(JsonValueKind.Number, published.RootElement.GetProperty("timestamp").ValueKind);
        }
    }

    private static void AssertRead(string message, string value, string timestamp)
    {
        Assert.Equal(SampleFault.None, SampleReader.Read(Encoding.UTF8.GetBytes(message), Arrival, out var sample));
        Assert.Equal($$"""{"value":{{value}},"timestamp":{{timestamp}}}""", Encoding.UTF8.GetString(sample.Payload.Span));
        Assert.Equal(timestamp == Arrived, sample.TimeMicros is null);
        JsonDocument.Parse(sample.Payload).Dispose();
    }
}
