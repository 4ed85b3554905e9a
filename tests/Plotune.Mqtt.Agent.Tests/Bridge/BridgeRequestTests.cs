using System.Text.Json;
using Plotune.Mqtt.Agent.Bridge;
using Plotune.Mqtt.Agent.Configuration;

namespace Plotune.Mqtt.Agent.Tests.Bridge;

public sealed class BridgeRequestTests
{
    [Theory]
    [InlineData("127.0.0.1", "127.0.0.1:4711")]
    [InlineData(" 192.168.0.7 ", "192.168.0.7:4711")]
    [InlineData("0.0.0.0", "127.0.0.1:4711")]
    [InlineData("::", "[::1]:4711")]
    [InlineData("::1", "[::1]:4711")]
    [InlineData("[::1]", "[::1]:4711")]
    [InlineData("2001:DB8:0::7", "[2001:db8::7]:4711")]
    [InlineData("::ffff:127.0.0.1", "127.0.0.1:4711")]
    [InlineData("fe80::1%3", "[fe80::1%3]:4711")]
    [InlineData("Bench-PC.local", "bench-pc.local:4711")]
    [InlineData("bench_pc", "bench_pc:4711")]
    public void A_source_is_a_name_or_an_address(string host, string expected) => Assert.Equal(expected, Parse(host)?.ToString());

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("a b")]
    [InlineData("user@host")]
    [InlineData("host/path")]
    [InlineData("host:4711")]
    [InlineData("http://host")]
    [InlineData("[::1")]
    [InlineData("::1]")]
    [InlineData("host?x")]
    [InlineData("host#x")]
    [InlineData("host\r\nX-Header: 1")]
    [InlineData("1:2:3")]
    public void What_is_no_host_is_refused(string host) => Assert.Null(Parse(host));

    [Fact]
    public void A_host_has_a_longest_length() => Assert.Null(Parse(new string('a', 254)));

    [Theory]
    [InlineData("temperature", "/fetch/temperature")]
    [InlineData("Motor Speed", "/fetch/Motor%20Speed")]
    [InlineData("50%", "/fetch/50%25")]
    [InlineData("a?b&c=d", "/fetch/a%3Fb%26c%3Dd")]
    [InlineData("a\\b", "/fetch/a%5Cb")]
    [InlineData("Öltemperatur °C", "/fetch/%C3%96ltemperatur%20%C2%B0C")]
    [InlineData("a:b@c", "/fetch/a%3Ab%40c")]
    public void A_name_is_percent_encoded_in_the_address_of_its_stream(string name, string path) =>
        Assert.Equal(path, Parse("::1")!.StreamOf(name).PathAndQuery);

    [Theory]
    [InlineData("127.0.0.1", "127.0.0.1", true)]
    [InlineData("localhost", "127.0.0.1", true)]
    [InlineData("LOCALHOST", "::1", true)]
    [InlineData("0.0.0.0", "localhost", true)]
    [InlineData("10.0.0.1", "127.0.0.1", false)]
    [InlineData("bench", "localhost", false)]
    public void This_computer_is_the_same_source_whatever_it_is_called(string one, string other, bool same) => Assert.Equal(same, Parse(one)!.IsSame(Parse(other)!));

    [Theory]
    [InlineData("temperature", true)]
    [InlineData("Motor Speed °C", true)]
    [InlineData("a.b-c_d", true)]
    [InlineData("$x", true)]
    [InlineData("", false)]
    [InlineData("a/b", false)]
    [InlineData("/", false)]
    [InlineData("a+b", false)]
    [InlineData("#", false)]
    [InlineData("a\0b", false)]
    [InlineData("a\nb", false)]
    [InlineData("a\u0085b", false)]
    [InlineData("a\ufffe", false)]
    [InlineData("\ufdd0b", false)]
    [InlineData(".", false)]
    [InlineData("..", false)]
    public void A_name_is_one_level_of_a_topic(string name, bool valid) => Assert.Equal(valid, BridgeNameRules.Error(name) is null);

    [Fact]
    public void A_name_is_well_formed_and_has_a_longest_length()
    {
        Assert.NotNull(BridgeNameRules.Error("a\ud800"));
        Assert.Null(BridgeNameRules.Error(new string('x', 1024)));
        Assert.NotNull(BridgeNameRules.Error(new string('x', 1025)));
    }

    [Theory]
    [InlineData("""{"name":"a","source_ip":"10.0.0.1","source_port":4711}""", "a", 4711)]
    [InlineData("""{"name":"a","source_ip":"10.0.0.1","source_port":"4711","more":[1]}""", "a", 4711)]
    [InlineData("""{"source_ip":"10.0.0.1","source_port":4711}""", "routed", 4711)]
    [InlineData("""{"name":"","source_ip":"10.0.0.1","source_port":1}""", "routed", 1)]
    [InlineData("""{"name":null,"source_ip":"10.0.0.1","source_port":65535}""", "routed", 65535)]
    public void A_body_is_taken_in_every_shape(string body, string name, int port)
    {
        var faults = new FaultList();

        var request = Read(body, faults);

        Assert.Empty(faults);
        Assert.Equal(new BridgeRequest(name, new BridgeSource("10.0.0.1", port)), request);
    }

    [Theory]
    [InlineData("{}", "source_ip source_port")]
    [InlineData("""{"source_ip":"h"}""", "source_port")]
    [InlineData("""{"source_port":1}""", "source_ip")]
    [InlineData("""{"source_ip":"h","source_port":0}""", "source_port")]
    [InlineData("""{"source_ip":"h","source_port":65536}""", "source_port")]
    [InlineData("""{"source_ip":"h","source_port":1.5}""", "source_port")]
    [InlineData("""{"source_ip":"h","source_port":"-1"}""", "source_port")]
    [InlineData("""{"source_ip":"h","source_port":"http"}""", "source_port")]
    [InlineData("""{"source_ip":"h","source_port":true}""", "source_port")]
    [InlineData("""{"source_ip":7,"source_port":1}""", "source_ip")]
    [InlineData("""{"source_ip":"h/x","source_port":1}""", "source_ip")]
    [InlineData("""{"name":7,"source_ip":"h","source_port":1}""", "name")]
    [InlineData("""{"name":"\ud800","source_ip":"h","source_port":1}""", "name")]
    [InlineData("""{"source_ip":"h","source_port":1,"rate_limit":-1,"dead_band":"x"}""", "dead_band rate_limit")]
    public void Fault_names_its_member(string body, string fields)
    {
        var faults = new FaultList();

        Read(body, faults);

        Assert.Equal(fields, string.Join(' ', faults.Select(fault => fault.Field).Order(StringComparer.Ordinal)));
    }

    [Fact]
    public void Options_that_are_not_said_stay()
    {
        var request = Read("""{"source_ip":"h","source_port":1,"rate_limit":10}""", new FaultList());

        Assert.Equal(new BridgeOptions(10, 0.5), request!.Over(new BridgeOptions(3, 0.5)));
    }

    private static BridgeSource? Parse(string host)
    {
        var source = BridgeSource.Parse(host, 4711, out var error);
        Assert.Equal(source is null, error.Length > 0);
        return source;
    }

    private static BridgeRequest? Read(string body, FaultList faults)
    {
        using var document = JsonDocument.Parse(body);
        return BridgeRequest.Read("routed", document.RootElement, faults);
    }
}
