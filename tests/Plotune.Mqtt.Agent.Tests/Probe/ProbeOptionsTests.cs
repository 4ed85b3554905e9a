using System.CommandLine;
using Plotune.Mqtt.Agent.Configuration;
using Plotune.Mqtt.Agent.Hosting;
using Plotune.Mqtt.Agent.Probe;
using Plotune.Mqtt.Client;
using Plotune.Mqtt.TestSupport;

namespace Plotune.Mqtt.Agent.Tests.Probe;

public sealed class ProbeOptionsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

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
    public void Passwords_and_headers_come_from_files_without_their_line_end()
    {
        var settings = Read(
            "probe", "ws://me@broker", "--password-file", Write("p", " s3cret \r\n"), "--proxy", "http://u@proxy:3128", "--proxy-password-file", Write("q", "p:w\n"),
            "--header", "X-Plant: 7: north", "--header-file", Write("h", "Authorization: Bearer abc\n\nX-B:\n"));

        Assert.Equal(" s3cret ", settings.Connection.Password);
        Assert.Equal(new ProxyOptions("proxy", 3128) { UserName = "u", Password = "p:w" }, settings.Connection.Proxy);
        Assert.Equal(
            [new("X-Plant", "7: north"), new("Authorization", "Bearer abc"), new("X-B", "")],
            settings.Connection.WebSocket.Headers);
    }

    [Theory]
    [InlineData("http://u:inline@proxy", "u", "inline", 8080)]
    [InlineData("u@proxy:1", "u", "from the environment", 1)]
    [InlineData("[::1]:3128", "", "from the environment", 3128)]
    public void The_proxy_is_an_address_whose_password_may_come_from_the_environment(string text, string user, string password, int port)
    {
        var proxy = Read("probe", "mqtts://broker", "--proxy", text).Connection.Proxy!;

        Assert.Equal((user, password, port), (proxy.UserName, proxy.Password, proxy.Port));
    }

    [Theory]
    [InlineData("--header", "probe", "broker", "--header", "X: secret")]
    [InlineData("--header", "probe", "ws://broker", "--header", "secret")]
    [InlineData("--header", "probe", "ws://broker", "--header", ": secret")]
    [InlineData("--header", "probe", "ws://broker", "--header", "Host: secret")]
    [InlineData("--header", "probe", "ws://broker", "--header", "X: secret\nY: z")]
    [InlineData("--header", "probe", "ws://broker", "--header", "X: secret", "--header", "x: secret")]
    [InlineData("--header-file", "probe", "ws://broker", "--header-file", "/nowhere/headers")]
    [InlineData("--path", "probe", "broker", "--path", "/a")]
    [InlineData("--ca", "probe", "broker", "--ca", "ca.pem")]
    [InlineData("--insecure", "probe", "ws://broker", "--insecure")]
    [InlineData("--proxy", "probe", "broker", "--proxy", "socks://u:secret@proxy")]
    [InlineData("--proxy", "probe", "unix:///run/m.sock", "--proxy", "u:secret@proxy")]
    [InlineData("--proxy-password-file", "probe", "broker", "--proxy-password-file", "/nowhere/password")]
    [InlineData("--proxy-password-file", "probe", "broker", "--proxy", "proxy", "--proxy-password-file", "/nowhere/password")]
    [InlineData("--password-file", "probe", "broker", "--password-file", "/nowhere/password")]
    [InlineData("--user", "probe", "mqtt://me:secret@broker", "--user", "you")]
    [InlineData("--clean-start", "probe", "broker", "--clean-start", "maybe")]
    public void A_fault_names_its_option_and_no_secret(string option, params string[] args)
    {
        var faults = new FaultList();

        Assert.Null(TryRead(faults, args));

        var fault = Assert.Single(faults);
        Assert.Equal(option, fault.Field);
        Assert.DoesNotContain("secret", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_password_in_the_address_and_in_a_file_is_a_contradiction()
    {
        var faults = new FaultList();

        Assert.Null(TryRead(faults, "probe", "mqtt://me:a@broker", "--password-file", Write("p", "b"), "--proxy", "u:a@proxy", "--proxy-password-file", Write("q", "b")));

        Assert.Equal(["--password-file", "--proxy-password-file"], faults.Select(fault => fault.Field));
    }

    [Fact]
    public void What_cannot_be_parsed_is_told_in_words_together_with_the_rest()
    {
        var faults = new FaultList();
        var result = Parse("probe", "--port", "abc", "--keep-alive", "x", "--receive-maximum", "70000", "--session-expiry", "-1", "--nonsense", "--subscribe", "#/a");

        CommandLineFaults.AddTo(faults, result.Result);
        Assert.Null(result.Options.Read(result.Result, _ => null, faults));

        Assert.Equal(
            [
                "--keep-alive: 'x' is no whole number, or too large",
                "--port: 'abc' is no whole number, or too large",
                "--receive-maximum: '70000' is no whole number from 0 to 65535",
                "--session-expiry: '-1' is no whole number from 0 to 4294967295",
                "--subscribe: The wildcard # must be the last level, and stand alone in it.",
                "address: Say which broker: an address, or --host.",
                "command line: There is no option '--nonsense'.",
            ],
            faults.Select(fault => fault.ToString()).Order(StringComparer.Ordinal));
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
        var (options, result) = Parse(args);
        Assert.Empty(result.Errors);
        return options.Read(result, name => name is ProbeOptions.PasswordVariable or ProbeTransportOptions.ProxyPasswordVariable ? "from the environment" : null, faults);
    }

    private static (ProbeOptions Options, ParseResult Result) Parse(params string[] args)
    {
        var options = new ProbeOptions();
        var command = new Command("probe");
        options.AddTo(command);
        return (options, new RootCommand { command }.Parse(args));
    }

    private string Write(string name, string text)
    {
        File.WriteAllText(_folder[name], text);
        return _folder[name];
    }
}
