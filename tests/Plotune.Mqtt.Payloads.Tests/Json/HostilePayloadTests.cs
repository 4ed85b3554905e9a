using System.Diagnostics;
using System.Text;
using Plotune.Mqtt.Payloads.Tests.Support;

namespace Plotune.Mqtt.Payloads.Tests.Json;

public sealed class HostilePayloadTests
{
    private const int MaximumPacket = 1 << 20;

    /// <summary>A linear decoder takes milliseconds; the bound is generous for busy machines, and out of reach of a quadratic one.</summary>
    private static readonly TimeSpan Linear = TimeSpan.FromSeconds(15);

    public static TheoryData<string> Payloads => new(
        "deep arrays", "deep objects", "unclosed", "wide object", "wide object of nulls", "wide array", "same name", "same deep name", "one long number", "one long exponent", "one long text", "one long name", "long name above many leaves",
        "escapes only", "white space only", "commas", "deep wide");

    [Theory]
    [MemberData(nameof(Payloads))]
    public void Time_is_linear_in_the_size(string kind)
    {
        var topic = new Topic(new PayloadOptions { MaximumLeaves = 100_000, MaximumDepth = 1000 });
        var payload = Encoding.UTF8.GetBytes(Payload(kind));
        Assert.InRange(payload.Length, MaximumPacket / 4, MaximumPacket * 2);
        var watch = Stopwatch.StartNew();

        topic.Result(payload);
        topic.Result(payload);

        Assert.InRange(watch.Elapsed, TimeSpan.Zero, Linear);
    }

    [Fact]
    public void Ten_thousand_names_are_too_many_by_default_and_fine_if_allowed()
    {
        var payload = "{" + string.Join(',', Enumerable.Range(0, 10_000).Select(i => $"\"key{i}\":{i}")) + "}";

        Assert.Equal(DecodeResult.TooManyLeaves, new Topic().Result(payload));

        var topic = new Topic(new PayloadOptions { MaximumLeaves = 10_000 });
        Assert.Equal(DecodeResult.Decoded, topic.Result(payload));
        Assert.Equal(10_000, topic.Message.Samples.Length);
    }

    [Fact]
    public void A_malformed_payload_registers_nothing()
    {
        var topic = new Topic();

        topic.Result("""{"a":1,"b":{"c":2},"d":[1,2,3}""");

        Assert.Equal([string.Empty], topic.Paths);
    }

    private static string Payload(string kind) => kind switch
    {
        "deep arrays" => new string('[', MaximumPacket / 2) + new string(']', MaximumPacket / 2),
        "deep objects" => Repeat("{\"a\":", 150_000) + "1" + new string('}', 150_000),
        "unclosed" => Repeat("{\"a\":[", 150_000),
        "wide object" => "{" + string.Join(',', Enumerable.Range(0, 80_000).Select(i => $"\"k{i}\":1")) + "}",
        "wide object of nulls" => "{" + string.Join(',', Enumerable.Range(0, 70_000).Select(i => $"\"k{i}\":null")) + "}",
        "wide array" => "[" + Repeat("1,", MaximumPacket / 2) + "1]",
        "same name" => "{" + Repeat("\"a\":1,", 150_000) + "\"a\":2}",
        "same deep name" => "{" + Repeat("\"a\":{\"b\":{\"c\":1}},", 50_000) + "\"a\":2}",
        "one long number" => "[" + new string('1', MaximumPacket) + "]",
        "one long exponent" => "[1e" + new string('9', MaximumPacket) + "]",
        "one long text" => "\"" + new string('x', MaximumPacket) + "\"",
        "one long name" => "{\"" + new string('x', MaximumPacket) + "\":1}",
        "long name above many leaves" => "{\"" + new string('x', MaximumPacket / 2) + "\":[" + Repeat("1,", MaximumPacket / 4) + "1]}",
        "escapes only" => "\"" + Repeat("\\ud800", MaximumPacket / 6) + "\"",
        "white space only" => new string(' ', MaximumPacket),
        "commas" => "[" + new string(',', MaximumPacket),
        _ => Repeat("{\"a\":{\"b\":[", 300) + string.Join(',', Enumerable.Range(0, 100_000)) + Repeat("]}}", 300),
    };

    private static string Repeat(string text, int times) => new StringBuilder().Insert(0, text, times).ToString();
}
