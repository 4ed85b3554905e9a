using Plotune.Mqtt.Agent.Configuration;
using Plotune.Mqtt.Client;

namespace Plotune.Mqtt.Agent.Tests.Configuration;

public sealed class ConnectionDefaultsTests
{
    [Fact]
    public void An_address_adds_its_filter_and_keeps_the_options_of_those_that_are_there()
    {
        var stored = new BrokerConnectionConfig
        {
            Name = "h:1883",
            Host = "h",
            Enabled = false,
            Password = Secret.From("kept"),
            Topics = [new TopicFilterConfig("a") { NoLocal = true }],
        };

        var config = Merge(stored, "mqtt://h/a");

        Assert.Equal(stored with { Enabled = true, Topics = [new TopicFilterConfig("a", QualityOfService.AtLeastOnce) { NoLocal = true }] }, config);
    }

    [Theory]
    [InlineData("k", 1, BrokerTransport.Tcp, BrokerTransport.Tcp)]
    [InlineData("/run/m.sock", 1883, BrokerTransport.Unix, BrokerTransport.Tcp)]
    [InlineData("h", 1883, BrokerTransport.Tls, BrokerTransport.Tls)]
    public void A_connection_that_was_led_elsewhere_goes_where_its_name_says(string host, int port, BrokerTransport transport, BrokerTransport expected)
    {
        var config = Merge(new BrokerConnectionConfig { Name = "h:1883", Host = host, Port = port, Transport = transport }, "h");

        Assert.Equal(("h", 1883, expected), (config.Host, config.Port, config.Transport));
    }

    private static BrokerConnectionConfig Merge(BrokerConnectionConfig stored, string address) =>
        ConnectionDefaults.Merge(stored, TypedAddress.Parse(address, out _)!, new MqttDefaults());
}
