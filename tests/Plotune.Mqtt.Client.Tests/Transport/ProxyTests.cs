using System.Net;
using System.Net.Security;
using Plotune.Mqtt.TestSupport;

namespace Plotune.Mqtt.Client.Tests.Transport;

public sealed class ProxyTests : TransportTest
{
    private readonly TunnelProxy _proxy = TunnelProxy.Start();

    private BrokerConnectionOptions ProxiedOptions => Options with { Proxy = new ProxyOptions("127.0.0.1", _proxy.Port) };

    public override async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await base.DisposeAsync();
        await _proxy.DisposeAsync();
    }

    [Fact]
    public async Task Proxy_is_asked_for_the_broker()
    {
        var options = ProxiedOptions;

        await ConnectedAsync(options, []);

        var request = Assert.Single(_proxy.Requests);
        Assert.StartsWith($"CONNECT {options.Address} HTTP/1.1\r\nHost: {options.Address}\r\n", request, StringComparison.Ordinal);
        Assert.DoesNotContain("Authorization", request, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Credentials_go_to_the_proxy_alone()
    {
        var (_, client) = await ConnectedAsync(Options with { Proxy = new ProxyOptions("127.0.0.1", _proxy.Port) { UserName = "ada", Password = "pröxy:1" } }, []);

        Assert.Contains($"\r\nProxy-Authorization: Basic {Convert.ToBase64String("ada:pröxy:1"u8)}\r\n", Assert.Single(_proxy.Requests), StringComparison.Ordinal);
        Assert.False(client.HasPendingBytes);
    }

    [Fact]
    public async Task TLS_goes_through_the_tunnel()
    {
        SpeakTls();

        await ConnectedAsync(TlsClientOptions with { Proxy = ProxiedOptions.Proxy }, []);

        Assert.Single(_proxy.Requests);
    }

    [Fact]
    public async Task A_name_with_other_letters_goes_out_in_ASCII_and_is_told_as_it_was_typed()
    {
        _proxy.Refusal = "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n";

        var status = await FailureAsync(ProxiedOptions with { Address = new BrokerAddress("Bücher.example", 1883) });

        Assert.StartsWith(
            "CONNECT xn--bcher-kva.example:1883 HTTP/1.1\r\nHost: xn--bcher-kva.example:1883\r\n", Assert.Single(_proxy.Requests), StringComparison.Ordinal);
        AssertFailure(status, ConnectionState.Waiting, "ProxyCannotReachBroker", "Bücher.example:1883");
    }

    [Fact]
    public async Task A_name_with_other_letters_is_asked_for_and_expected_in_ASCII()
    {
        var settings = new SslServerAuthenticationOptions { ServerCertificate = Authority.Issue("plant", ["xn--bcher-kva.example"]) };
        Broker.Wrap = async (stream, token) =>
        {
            var tls = new SslStream(stream);
            await tls.AuthenticateAsServerAsync(settings, token);
            return await ScriptedWebSocketStream.AcceptAsync(tls, token);
        };

        var (_, client) = await ConnectedAsync(ToBooks(BrokerTransport.WebSocketTls), []);

        Assert.Contains("\r\nHost: xn--bcher-kva.example\r\n", ((ScriptedWebSocketStream)client.Stream).Request, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_name_with_other_letters_is_sent_as_server_name_in_ASCII()
    {
        var hello = new byte[512];
        Broker.Wrap = async (stream, token) =>
        {
            await stream.ReadAtLeastAsync(hello, 200, throwOnEndOfStream: true, token);
            await stream.DisposeAsync();
            return stream;
        };

        await FailureAsync(ToBooks(BrokerTransport.Tls));

        Assert.True(hello.AsSpan().IndexOf("xn--bcher-kva.example"u8) > 0);
    }

    [Fact]
    public async Task Secure_WebSocket_goes_through_the_tunnel()
    {
        var settings = new SslServerAuthenticationOptions { ServerCertificate = ServerCertificate() };
        Broker.Wrap = async (stream, token) =>
        {
            var tls = new SslStream(stream);
            await tls.AuthenticateAsServerAsync(settings, token);
            return await ScriptedWebSocketStream.AcceptAsync(tls, token);
        };

        await ConnectedAsync(TlsClientOptions with { Transport = BrokerTransport.WebSocketTls, Proxy = ProxiedOptions.Proxy }, []);
    }

    [Theory]
    [InlineData("407 Proxy Authentication Required", "", ConnectionState.Failed, "ProxyAuthenticationRequired", "asks for a user name")]
    [InlineData("407 Proxy Authentication Required", "ada", ConnectionState.Failed, "ProxyAuthenticationFailed", "does not accept")]
    [InlineData("403 Forbidden", "", ConnectionState.Waiting, "ProxyForbidden", "does not allow")]
    [InlineData("502 Bad Gateway", "", ConnectionState.Waiting, "ProxyCannotReachBroker", "cannot reach")]
    [InlineData("418 I'm a teapot", "", ConnectionState.Waiting, "ProxyRefused", "HTTP 418")]
    public async Task Proxy_that_refuses_gets_its_own_sentence(string statusLine, string user, ConnectionState state, string name, string telling)
    {
        _proxy.Refusal = $"HTTP/1.1 {statusLine}\r\nContent-Length: 0\r\n\r\n";
        var options = Options with { Proxy = new ProxyOptions("127.0.0.1", _proxy.Port) { UserName = user, Password = "s3cret" } };

        var status = await FailureAsync(options);

        AssertFailure(status, state, name, telling, options.Proxy.ToString());
        Assert.DoesNotContain("s3cret", status.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("SSH-2.0-OpenSSH\r\n", "ProxyNotHttp", "no HTTP proxy")]
    [InlineData("", "ProxyClosed", "closed the connection")]
    public async Task What_is_no_proxy_is_recognised(string answer, string name, string telling)
    {
        _proxy.Refusal = answer;

        AssertFailure(await FailureAsync(ProxiedOptions), ConnectionState.Waiting, name, telling);
    }

    [Fact]
    public async Task Proxy_that_is_not_there_is_not_taken_for_the_broker()
    {
        var proxy = ProxiedOptions.Proxy!;
        await _proxy.DisposeAsync();

        AssertFailure(await FailureAsync(Options with { Proxy = proxy }), ConnectionState.Waiting, "ProxyRefusesConnections", "proxy", proxy.ToString());
    }

    private BrokerConnectionOptions ToBooks(BrokerTransport transport)
    {
        _proxy.Upstream = new IPEndPoint(IPAddress.Loopback, Broker.Port);
        return TlsClientOptions with { Transport = transport, Proxy = ProxiedOptions.Proxy, Address = new BrokerAddress("bücher.example", 443) };
    }
}
