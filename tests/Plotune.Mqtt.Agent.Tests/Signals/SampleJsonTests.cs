using System.Text;
using System.Text.Json;
using Plotune.Mqtt.Agent.Signals;
using Plotune.Mqtt.Payloads;

namespace Plotune.Mqtt.Agent.Tests.Signals;

public sealed class SampleJsonTests
{
    [Theory]
    [InlineData(1766000000123456, "1766000000.123456")]
    [InlineData(1766000000123000, "1766000000.123")]
    [InlineData(1766000000000001, "1766000000.000001")]
    [InlineData(1766000000000000, "1766000000")]
    [InlineData(0, "0")]
    [InlineData(-500000, "-0.5")]
    [InlineData(-1, "-0.000001")]
    [InlineData(long.MaxValue, "9223372036854.775807")]
    [InlineData(long.MinValue, "-9223372036854.775808")]
    public void A_timestamp_is_seconds_exact_to_the_microsecond(long micros, string json)
    {
        var buffer = new byte[SampleJson.MaximumTimestampBytes];

        Assert.Equal(json, Encoding.UTF8.GetString(buffer, 0, SampleJson.WriteTimestamp(buffer, micros)));
    }

    [Theory]
    [InlineData(23.4, "23.4")]
    [InlineData(5, "5")]
    [InlineData(-17, "-17")]
    [InlineData(0, "0")]
    [InlineData(1e20, "1E+20")]
    [InlineData(0.1 + 0.2, "0.30000000000000004")]
    [InlineData(double.MaxValue, "1.7976931348623157E+308")]
    [InlineData(-double.Epsilon, "-5E-324")]
    [InlineData(double.NaN, "null")]
    [InlineData(double.PositiveInfinity, "null")]
    [InlineData(double.NegativeInfinity, "null")]
    public void A_number_is_the_shortest_that_reads_back_the_same(double number, string json) => Assert.Equal(json, Value(SignalValueKind.Number, number, ""));

    [Fact]
    public void Every_number_reads_back_the_same()
    {
        var random = new Random(7);
        for (var i = 0; i < 20_000; i++)
        {
            var number = BitConverter.Int64BitsToDouble(random.NextInt64(long.MinValue, long.MaxValue));
            if (double.IsFinite(number))
                Assert.Equal(number, JsonSerializer.Deserialize<double>(Value(SignalValueKind.Number, number, "")));
        }
    }

    [Theory]
    [InlineData(SignalValueKind.Boolean, 1, "true")]
    [InlineData(SignalValueKind.Boolean, 0, "false")]
    [InlineData(SignalValueKind.Gap, 3, "null")]
    public void Booleans_and_gaps_are_their_words(SignalValueKind kind, double number, string json) => Assert.Equal(json, Value(kind, number, ""));

    [Theory]
    [InlineData("läuft", "\"läuft\"")]
    [InlineData("a\"b\\c\n\u0001/", "\"a\\\"b\\\\c\\n\\u0001/\"")]
    [InlineData("", "\"\"")]
    [InlineData("😀", "\"😀\"")]
    public void Only_what_must_be_is_escaped_in_a_text(string text, string json)
    {
        Assert.Equal(json, Value(SignalValueKind.Text, 0, text));
        Assert.Equal(text, JsonSerializer.Deserialize<string>(json));
    }

    [Fact]
    public void A_sample_has_all_members_but_the_opening_brace()
    {
        var sample = new SampleChunk().Format(1766000000123456, SignalValueKind.Number, 23.4, default);

        Assert.Equal("\"timestamp\":1766000000.123456,\"value\":23.4}", Encoding.UTF8.GetString(sample.Span));
    }

    [Fact]
    public void A_text_of_control_characters_only_fits_too()
    {
        var text = new byte[4096];

        var sample = new SampleChunk().Format(0, SignalValueKind.Text, 0, text);

        using var json = JsonDocument.Parse("{" + Encoding.UTF8.GetString(sample.Span));
        Assert.Equal(4096, json.RootElement.GetProperty("value").GetString()!.Length);
    }

    private static string Value(SignalValueKind kind, double number, string text)
    {
        var utf8 = Encoding.UTF8.GetBytes(text);
        var buffer = new byte[SampleJson.MaximumSampleBytes(utf8.Length)];
        return Encoding.UTF8.GetString(buffer, 0, SampleJson.WriteValue(buffer, kind, number, utf8));
    }
}
