namespace Plotune.Mqtt.Client.Tests.Transport;

public sealed class BrokerUriTests
{
    [Theory]
    [InlineData("broker", "broker", 1883)]
    [InlineData("  broker.example  ", "broker.example", 1883)]
    [InlineData("broker.example.", "broker.example.", 1883)]
    [InlineData("plc_7:1884", "plc_7", 1884)]
    [InlineData("bücher.example:1884", "bücher.example", 1884)]
    [InlineData("192.168.0.10", "192.168.0.10", 1883)]
    [InlineData("192.168.0.10:65535", "192.168.0.10", 65535)]
    [InlineData("::1", "::1", 1883)]
    [InlineData("[::1]", "::1", 1883)]
    [InlineData("[::1]:1884", "::1", 1884)]
    [InlineData("fe80::1%eth0", "fe80::1%eth0", 1883)]
    [InlineData("mqtt://broker", "broker", 1883)]
    [InlineData("MQTT://broker:1", "broker", 1)]
    [InlineData("tcp://[fe80::2]:1885/", "fe80::2", 1885)]
    public void Host_and_port_are_read_from_every_form(string text, string host, int port)
    {
        var uri = BrokerUri.Parse(text);

        Assert.Equal(new BrokerAddress(host, port), uri.Address);
        Assert.Equal((BrokerTransport.Tcp, null, null, null), (uri.Transport, uri.UserName, uri.Password, uri.TopicFilter));
    }

    [Theory]
    [InlineData("mqtt://broker", BrokerTransport.Tcp, 1883, "mqtt://broker:1883")]
    [InlineData("mqtts://broker", BrokerTransport.Tls, 8883, "mqtts://broker:8883")]
    [InlineData("SSL://broker:443/a/#", BrokerTransport.Tls, 443, "mqtts://broker:443/a/#")]
    [InlineData("tls://[::1]", BrokerTransport.Tls, 8883, "mqtts://[::1]:8883")]
    [InlineData("ws://broker", BrokerTransport.WebSocket, 80, "ws://broker:80")]
    [InlineData("ws://broker:9001/mqtt", BrokerTransport.WebSocket, 9001, "ws://broker:9001/mqtt")]
    [InlineData("wss://ada:s3cret@broker/ws?x=%201", BrokerTransport.WebSocketTls, 443, "wss://ada@broker:443/ws?x=%201")]
    [InlineData("unix:///run/mosquitto/mqtt.sock", BrokerTransport.Unix, 1883, "unix:///run/mosquitto/mqtt.sock")]
    public void Scheme_gives_the_transport_and_the_port(string text, BrokerTransport transport, int port, string again)
    {
        var uri = BrokerUri.Parse(text);

        Assert.Equal((transport, port), (uri.Transport, uri.Address.Port));
        Assert.Equal(again, uri.ToString());
    }

    [Fact]
    public void Path_of_a_WebSocket_is_no_topic_filter()
    {
        var uri = BrokerUri.Parse("wss://broker/mqtt?key=a+b");

        Assert.Equal(("/mqtt?key=a+b", null), (uri.WebSocketPath, uri.TopicFilter));
    }

    [Theory]
    [InlineData("mqtt://broker/factory/#", "factory/#")]
    [InlineData("mqtt://broker:1883/+/line?/#", "+/line?/#")]
    [InlineData("mqtt://broker/a%20b/%23", "a b/#")]
    [InlineData("mqtt://broker//leading", "/leading")]
    [InlineData("broker/factory/#", "factory/#")]
    [InlineData("[::1]:1883/$SYS/#", "$SYS/#")]
    public void Topic_filter_survives_whole(string text, string topicFilter) => Assert.Equal(topicFilter, BrokerUri.Parse(text).TopicFilter);

    [Theory]
    [InlineData("mqtt://ada@broker", "ada", null)]
    [InlineData("mqtt://ada:s3cret@broker:1883/a/#", "ada", "s3cret")]
    [InlineData("mqtt://ada:p%40ss%2Fw%C3%B6rd@broker", "ada", "p@ss/wörd")]
    [InlineData("mqtt://ada:a:b#c@d@broker", "ada", "a:b#c@d")]
    [InlineData("ada:@broker", "ada", "")]
    public void Credentials_are_decoded(string text, string userName, string? password)
    {
        var uri = BrokerUri.Parse(text);

        Assert.Equal((userName, password, "broker"), (uri.UserName, uri.Password, uri.Address.Host));
    }

    [Theory]
    [InlineData(null, "empty")]
    [InlineData("   ", "empty")]
    [InlineData("mqtt://", "host is missing")]
    [InlineData(":1883", "host is missing")]
    [InlineData("my broker", "spaces")]
    [InlineData("broker:", "port")]
    [InlineData("broker:0", "port")]
    [InlineData("broker:65536", "port")]
    [InlineData("broker:-1", "port")]
    [InlineData("broker:mqtt", "port")]
    [InlineData("broker:99999999999999999999", "port")]
    [InlineData("[::1]:", "port")]
    [InlineData("[::1", "IPv6")]
    [InlineData("[broker]:1883", "IPv6")]
    [InlineData("1:2:3", "IPv6")]
    [InlineData("fe80::1%", "IPv6")]
    [InlineData("fe80::1%\u001Bc", "IPv6")]
    [InlineData("[fe80::1%\u202E]:1883", "IPv6")]
    [InlineData("fe80::1%aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "IPv6")]
    [InlineData("300.1.2.3", "IPv4")]
    [InlineData("1.2.3", "IPv4")]
    [InlineData("bro!ker", "host name")]
    [InlineData("-broker", "host name")]
    [InlineData("a..b", "host name")]
    [InlineData("ääääääääääääääääääääääääääääääääääääääääääääääääääääääääüö.example", "host name")]
    [InlineData("http://broker", "scheme")]
    [InlineData("unix://", "unix:///run")]
    [InlineData("unix:///", "unix:///run")]
    [InlineData("unix://run/mqtt.sock", "unix:///run")]
    [InlineData("wss://broker:0/mqtt", "port")]
    [InlineData("mqtt://broker/a/#/b", "wildcard #")]
    [InlineData("mqtt://broker/a+", "wildcard +")]
    public void What_is_wrong_is_said_in_a_sentence(string? text, string hint)
    {
        Assert.False(BrokerUri.TryParse(text, out var uri, out var error));

        Assert.Null(uri);
        Assert.Contains(hint, error, StringComparison.Ordinal);
        Assert.EndsWith(".", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("mqtt://ada:s3cret@broker:0")]
    [InlineData("mqtts://ada:s3cret@broker:x")]
    [InlineData("unix://ada:s3cret@broker")]
    [InlineData("ftp://ada:s3cret@broker")]
    [InlineData("mqtt://ada:s3cret@bro ker")]
    public void Error_never_shows_a_password(string text)
    {
        Assert.False(BrokerUri.TryParse(text, out _, out var error));

        Assert.DoesNotContain("s3cret", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Text_form_never_shows_a_password()
    {
        Assert.Equal("mqtt://ada@[::1]:1883/a/#", BrokerUri.Parse("mqtt://ada:s3cret@[::1]/a/#").ToString());
        var options = new BrokerConnectionOptions { Address = new BrokerAddress("broker", 1883), UserName = "ada", Password = "s3cret" };
        Assert.DoesNotContain("s3cret", options.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_throws_with_the_sentence() =>
        Assert.Contains("port", Assert.Throws<FormatException>(() => BrokerUri.Parse("broker:0")).Message, StringComparison.Ordinal);
}
