using System.CommandLine;
using Plotune.Mqtt.Agent.Configuration;
using Plotune.Mqtt.Agent.Probe;
using Plotune.Mqtt.Client;

namespace Plotune.Mqtt.Agent.Tests.Probe;

public sealed class ProbeOptionsTests
{
    [Fact]
    public void Without_options_a_probe_speaks_5_0_in_a_clean_session_under_a_name_of_its_own()
    {
        var connection = Read("probe", "--host", "broker").Connection;

        Assert.Equal(new BrokerAddress("broker", 1883), connection.Address);
        Assert.Equal(ProtocolPreference.V500, connection.Protocol);
        Assert.True(connection.CleanStart);
        Assert.StartsWith("probe-", connection.ClientId, StringComparison.Ordinal);
        Assert.Equal(TimeSpan.FromSeconds(60), connection.KeepAlive);
    }

    [Fact]
    public void Host_port_and_protocol_are_taken_as_written()
    {
        var settings = Read(
            "probe", "--host", "::1", "--port", "1999", "--protocol", "3.1.1", "--clean-start", "false", "--client-id", "me",
            "--subscribe", "a:1", "--subscribe", "b/#", "--unsubscribe", "c", "--publish", "t:2:x:y");

        Assert.Equal(new BrokerAddress("::1", 1999), settings.Connection.Address);
        Assert.Equal(ProtocolPreference.V311, settings.Connection.Protocol);
        Assert.False(settings.Connection.CleanStart);
        Assert.Equal("me", settings.Connection.ClientId);
        Assert.Equal([new TopicSubscription("a", QualityOfService.AtLeastOnce), new TopicSubscription("b/#")], settings.Subscribe);
        Assert.Equal(["c"], settings.Unsubscribe);
        var publish = Assert.Single(settings.Publish);
        Assert.Equal(("t", QualityOfService.ExactlyOnce, "x:y"), (publish.Topic, publish.QualityOfService, System.Text.Encoding.UTF8.GetString(publish.Payload.Span)));
    }

    [Fact]
    public void An_address_brings_user_password_and_a_filter()
    {
        var settings = Read("probe", "mqtt://me:secret@broker:1884/plant/%23");

        Assert.Equal(new BrokerAddress("broker", 1884), settings.Connection.Address);
        Assert.Equal(("me", "secret"), (settings.Connection.UserName, settings.Connection.Password));
        Assert.Equal([new TopicSubscription("plant/#")], settings.Subscribe);
    }

    [Fact]
    public void The_scheme_of_an_address_gives_the_transport()
    {
        var connection = Read("probe", "wss://broker/path", "--ca", "plant.pem", "--insecure", "--server-name", "other").Connection;

        Assert.Equal((BrokerTransport.WebSocketTls, 443, "/path"), (connection.Transport, connection.Address.Port, connection.WebSocket.Path));
        Assert.Equal(("plant.pem", TlsVerification.None, "other"), (connection.Tls.Ca, connection.Tls.Verify, connection.Tls.ServerName));
    }

    [Fact]
    public void The_password_comes_from_the_environment_if_the_address_has_none()
    {
        var settings = Read("probe", "broker", "--user", "me");

        Assert.Equal(("me", "from the environment"), (settings.Connection.UserName, settings.Connection.Password));
    }

    [Fact]
    public void Every_fault_is_listed()
    {
        var faults = new FaultList();

        Assert.Null(TryRead(faults, "probe", "--port", "0", "--protocol", "4", "--subscribe", "a/#/b", "--unsubscribe", "", "--publish", "t:3:x"));

        Assert.Equal(["address", "--port", "--protocol", "--publish", "--subscribe", "--unsubscribe"], faults.Select(fault => fault.Field).Order(StringComparer.Ordinal).OrderBy(field => field != "address"));
    }

    [Theory]
    [InlineData("a:1", "a", 1)]
    [InlineData("a:3", "a:3", 0)]
    [InlineData("a:b:2", "a:b", 2)]
    [InlineData("a:", "a:", 0)]
    [InlineData("a:10", "a:10", 0)]
    public void A_filter_ends_with_its_qos_or_has_none(string text, string filter, int qos) =>
        Assert.Equal(new TopicSubscription(filter, (QualityOfService)qos), ProbeText.Subscription(text, out _));

    [Theory]
    [InlineData("t:1:", "t", 1, "")]
    [InlineData("a:b:0:c:1:d", "a:b", 0, "c:1:d")]
    [InlineData("t:0::2:", "t", 0, ":2:")]
    public void The_first_qos_parts_topic_and_payload(string text, string topic, int qos, string payload)
    {
        var publish = ProbeText.Message(text, out _)!;

        Assert.Equal((topic, qos, payload), (publish.Topic, (int)publish.QualityOfService, System.Text.Encoding.UTF8.GetString(publish.Payload.Span)));
    }

    private static ProbeSettings Read(params string[] args)
    {
        var faults = new FaultList();
        var settings = TryRead(faults, args);
        Assert.Empty(faults);
        return settings!;
    }

    private static ProbeSettings? TryRead(FaultList faults, params string[] args)
    {
        var options = new ProbeOptions();
        var command = new Command("probe");
        options.AddTo(command);
        var result = new RootCommand { command }.Parse(args);
        Assert.Empty(result.Errors);
        return options.Read(result, name => name == ProbeOptions.PasswordVariable ? "from the environment" : null, faults);
    }
}
