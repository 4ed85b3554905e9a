using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;
using Plotune.Mqtt.TestSupport;

namespace Plotune.Mqtt.Client.Tests.Transport;

public sealed class TlsTests : TransportTest
{
    [Theory]
    [InlineData(SslProtocols.Tls12)]
    [InlineData(SslProtocols.Tls13)]
    public async Task Messages_pass_over_TLS(SslProtocols protocol)
    {
        SpeakTls(new SslServerAuthenticationOptions { ServerCertificate = ServerCertificate(), EnabledSslProtocols = protocol });
        var (_, client) = await ConnectedAsync(TlsClientOptions, [new TopicSubscription("a/#")]);

        await client.SendPublishAsync("a/b", "hello"u8.ToArray());

        await Eventually.TrueAsync("the message is there", () => Handler.Messages.Count == 1, Token);
        Assert.Equal(protocol, ((SslStream)client.Stream).SslProtocol);
    }

    [Fact]
    public async Task Goodbye_reaches_the_broker_before_the_end_of_TLS()
    {
        SpeakTls();
        var (connection, client) = await ConnectedAsync(TlsClientOptions, []);

        var stopping = connection.DisposeAsync();

        await client.ExpectAsync(PacketType.Disconnect);
        await client.ExpectEndAsync();
        client.Close();
        await stopping;
    }

    [Fact]
    public async Task Authorities_may_be_a_file_of_several()
    {
        SpeakTls();
        using var other = TestAuthority.Create("Another Authority");
        var file = WriteFile("authorities.pem", other.Pem + "\n" + Authority.Pem + "\n");

        await ConnectedAsync(TlsClientOptions with { Tls = new TlsOptions { Ca = file } }, []);
    }

    [Fact]
    public async Task Renewed_authority_file_is_read_at_the_next_attempt()
    {
        SpeakTls();
        using var other = TestAuthority.Create("Another Authority");
        var file = WriteFile("authority.pem", Authority.Pem);
        var (connection, client) = await ConnectedAsync(TlsClientOptions with { Tls = new TlsOptions { Ca = file } }, []);
        WriteFile("authority.pem", other.Pem);
        client.Close();

        await ReachesAsync(connection, ConnectionState.Waiting);
        var retrying = SkipBackoffAsync(connection);
        await Assert.ThrowsAnyAsync<Exception>(async () => await (await Broker.AcceptAsync()).ExpectConnectAsync());
        await retrying;

        await Eventually.TrueAsync(
            "the other authority is asked",
            () => connection.Status is { State: ConnectionState.Waiting, ReasonName: "CertificateAuthorityUnknown" },
            Token,
            state: () => connection.Status);
    }

    [Fact]
    public async Task Intermediates_that_the_broker_sends_are_used()
    {
        using var intermediate = Authority.CreateIntermediate("Plant Authority");
        var certificate = intermediate.Issue("localhost", [ScriptedBroker.Host]);
        SpeakTls(new SslServerAuthenticationOptions
        {
            ServerCertificateContext = SslStreamCertificateContext.Create(certificate, [intermediate.Certificate], offline: true),
        });

        await ConnectedAsync(TlsClientOptions, []);
    }

    [Fact]
    public async Task Server_name_overrides_the_host()
    {
        var asked = "";
        var certificate = Authority.Issue("plant", ["broker.plant"]);
        SpeakTls(new SslServerAuthenticationOptions
        {
            ServerCertificateSelectionCallback = (_, name) =>
            {
                asked = name;
                return certificate;
            },
        });

        await ConnectedAsync(TlsClientOptions with { Tls = new TlsOptions { Ca = Authority.Pem, ServerName = "broker.plant" } }, []);

        Assert.Equal("broker.plant", asked);
    }

    [Fact]
    public async Task Application_protocols_are_offered_in_order()
    {
        SpeakTls(new SslServerAuthenticationOptions
        {
            ServerCertificate = ServerCertificate(),
            ApplicationProtocols = [new SslApplicationProtocol("x-amzn-mqtt-ca"), new SslApplicationProtocol("mqtt")],
        });

        var (_, client) = await ConnectedAsync(
            TlsClientOptions with { Tls = new TlsOptions { Ca = Authority.Pem, ApplicationProtocols = ["mqtt", "x-amzn-mqtt-ca"] } }, []);

        Assert.NotEqual(default, ((SslStream)client.Stream).NegotiatedApplicationProtocol);
    }

    [Fact]
    public async Task Nothing_is_verified_on_request_and_a_warning_says_so()
    {
        SpeakTls(new SslServerAuthenticationOptions { ServerCertificate = TestAuthority.CreateSelfSigned("whoever") });

        await ConnectedAsync(TlsClientOptions with { Tls = new TlsOptions { Verify = TlsVerification.None } }, []);

        Assert.Single(Logger.Entries, entry => entry.Level == LogLevel.Warning && entry.Message.Contains("not verified", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Expired_certificate_is_for_the_brokers_administrator()
    {
        SpeakTls(new SslServerAuthenticationOptions
        {
            ServerCertificate = Authority.Issue("localhost", [ScriptedBroker.Host], notAfter: DateTimeOffset.UtcNow.AddDays(-1)),
        });

        AssertFailure(await FailureAsync(TlsClientOptions), ConnectionState.Waiting, "CertificateExpired", "expired on", "renew");
    }

    [Fact]
    public async Task Certificate_of_tomorrow_points_to_the_clock()
    {
        SpeakTls(new SslServerAuthenticationOptions
        {
            ServerCertificate = Authority.Issue("localhost", [ScriptedBroker.Host], notBefore: DateTimeOffset.UtcNow.AddDays(1)),
        });

        AssertFailure(await FailureAsync(TlsClientOptions), ConnectionState.Waiting, "CertificateNotYetValid", "not valid before", "clock");
    }

    [Fact]
    public async Task Wrong_name_lists_the_names_of_the_certificate()
    {
        SpeakTls(new SslServerAuthenticationOptions { ServerCertificate = Authority.Issue("plant", ["broker.plant", "10.0.0.7"]) });

        AssertFailure(
            await FailureAsync(TlsClientOptions), ConnectionState.Failed, "CertificateNameMismatch", "'127.0.0.1'", "broker.plant, 10.0.0.7", "server name");
    }

    [Fact]
    public async Task Names_of_a_certificate_cannot_make_lines_or_floods_of_their_own()
    {
        var lie = new X500DistinguishedNameBuilder();
        lie.AddCommonName("plant\r\n2026-01-01 [INF] all is well\u202E" + new string('x', 4000));
        SpeakTls(new SslServerAuthenticationOptions { ServerCertificate = Authority.IssueTo(lie.Build()) });

        var status = await FailureAsync(TlsClientOptions);

        AssertFailure(status, ConnectionState.Failed, "CertificateNameMismatch", "but for plant  2026-01-01 [INF] all is well xxx");
        Assert.DoesNotContain(status.Reason, char.IsControl);
        Assert.InRange(status.Reason.Length, 128, 400);
        Assert.DoesNotContain(Logger.Entries, entry => entry.Message.Contains('\n', StringComparison.Ordinal));
    }

    [Fact]
    public async Task Unknown_authority_is_named()
    {
        SpeakTls();
        using var other = TestAuthority.Create("Another Authority");

        var status = await FailureAsync(TlsClientOptions with { Tls = new TlsOptions { Ca = other.Pem } });

        AssertFailure(status, ConnectionState.Failed, "CertificateAuthorityUnknown", "'Test Authority'", "CA certificates entered");
    }

    [Fact]
    public async Task System_does_not_know_the_authority_of_a_plant()
    {
        SpeakTls();

        var status = await FailureAsync(TlsClientOptions with { Tls = new TlsOptions() });

        AssertFailure(status, ConnectionState.Failed, "CertificateAuthorityUnknown", "this computer does not know");
    }

    [Fact]
    public async Task Self_signed_certificate_is_told_from_an_unknown_authority()
    {
        SpeakTls(new SslServerAuthenticationOptions { ServerCertificate = TestAuthority.CreateSelfSigned(ScriptedBroker.Host) });

        AssertFailure(await FailureAsync(TlsClientOptions), ConnectionState.Failed, "CertificateSelfSigned", "self-signed", "CA certificate");
    }

    [Fact]
    public async Task Self_signed_certificate_is_trusted_once_it_is_entered()
    {
        var certificate = TestAuthority.CreateSelfSigned(ScriptedBroker.Host);
        SpeakTls(new SslServerAuthenticationOptions { ServerCertificate = certificate });

        await ConnectedAsync(TlsClientOptions with { Tls = new TlsOptions { Ca = certificate.ExportCertificatePem() } }, []);
    }

    [Fact]
    public async Task Every_fault_of_a_certificate_is_told()
    {
        SpeakTls(new SslServerAuthenticationOptions { ServerCertificate = Authority.Issue("plant", ["broker.plant"], notAfter: DateTimeOffset.UtcNow.AddDays(-1)) });

        AssertFailure(await FailureAsync(TlsClientOptions), ConnectionState.Failed, "CertificateExpired", "expired on", "broker.plant");
    }

    [Fact]
    public async Task Revocation_that_cannot_be_ruled_out_matters_only_if_asked_for()
    {
        SpeakTls();
        var options = TlsClientOptions with { Tls = new TlsOptions { Ca = Authority.Pem, CheckRevocation = true } };

        AssertFailure(await FailureAsync(options), ConnectionState.Waiting, "RevocationUnknown", "revocation check");
    }

    [Fact]
    public async Task No_version_in_common_is_said_in_words()
    {
        SpeakTls(new SslServerAuthenticationOptions { ServerCertificate = ServerCertificate(), EnabledSslProtocols = SslProtocols.Tls12 });

        var status = await FailureAsync(TlsClientOptions with { Tls = new TlsOptions { Ca = Authority.Pem, MinimumVersion = TlsVersion.Tls13 } });

        AssertFailure(status, ConnectionState.Failed, "TlsVersionMismatch", "Allow TLS 1.2");
    }

    [Fact]
    public async Task Application_protocols_that_the_broker_refuses_are_said_in_words()
    {
        SpeakTls(new SslServerAuthenticationOptions { ServerCertificate = ServerCertificate(), ApplicationProtocols = [new SslApplicationProtocol("other")] });

        var status = await FailureAsync(TlsClientOptions with { Tls = new TlsOptions { Ca = Authority.Pem, ApplicationProtocols = ["mqtt"] } });

        AssertFailure(status, ConnectionState.Failed, "ApplicationProtocolRefused", "ALPN");
    }

    [Theory]
    [InlineData("HTTP/1.1 400 Bad Request\r\n\r\n")]
    [InlineData("SSH-2.0-OpenSSH_9.2\r\n")]
    public async Task Plain_server_on_the_TLS_port_is_recognised(string answer)
    {
        Broker.Wrap = async (stream, token) =>
        {
            await stream.ReadExactlyAsync(new byte[5], token);
            await stream.WriteAsync(System.Text.Encoding.ASCII.GetBytes(answer), token);
            return stream;
        };

        AssertFailure(await FailureAsync(TlsClientOptions), ConnectionState.Failed, "TlsNotSpoken", "does not speak TLS", "8883");
    }

    [Fact]
    public async Task Plain_broker_that_closes_on_a_handshake_is_recognised()
    {
        Broker.Wrap = async (stream, token) =>
        {
            await stream.ReadExactlyAsync(new byte[5], token);
            await stream.DisposeAsync();
            return stream;
        };

        AssertFailure(await FailureAsync(TlsClientOptions), ConnectionState.Waiting, "TlsHandshakeClosed", "during the TLS handshake", "plain MQTT");
    }

    [Fact]
    public async Task Silence_in_the_handshake_is_told_from_a_dead_address()
    {
        var accepted = new TaskCompletionSource();
        Broker.Wrap = async (stream, token) =>
        {
            await stream.ReadExactlyAsync(new byte[5], token);
            accepted.TrySetResult();
            return stream;
        };
        var connection = Connect(TlsClientOptions);
        await Broker.AcceptAsync();
        await accepted.Task;

        Clock.Advance(Options.RequestTimeout);

        await ReachesAsync(connection, ConnectionState.Waiting);
        AssertFailure(connection.Status, ConnectionState.Waiting, "TlsTimeout", "does not answer in TLS");
    }

    [Theory]
    [InlineData(new byte[] { 0x15, 0x03, 0x01, 0, 2, 2, 70 }, "TlsExpected", "speaks TLS")]
    [InlineData(new byte[] { 0x15, 0x03, 0x03, 0, 2, 2, 10 }, "TlsExpected", "mqtts")]
    [InlineData(new byte[] { (byte)'H', (byte)'T', (byte)'T', (byte)'P', (byte)'/', (byte)'1', (byte)'.', (byte)'1' }, "HttpExpected", "WebSocket")]
    public async Task Other_protocols_on_the_plain_port_are_recognised(byte[] answer, string name, string telling)
    {
        var connection = Connect(Options);
        var client = await Broker.AcceptAsync();
        await client.ExpectConnectAsync();

        await client.SendAsync(answer);
        client.Close();

        await ReachesAsync(connection, ConnectionState.Failed);
        AssertFailure(connection.Status, ConnectionState.Failed, name, telling);
        Assert.Equal(ConnectionEndCause.Unreachable, connection.Status.Cause);
    }

    [Fact]
    public async Task Other_protocol_is_no_reason_to_give_up_a_broker_that_was_reached_before()
    {
        var (connection, client) = await ConnectedAsync(Options with { Protocol = ProtocolPreference.V500 }, []);
        client.Close();
        await SkipBackoffAsync(connection);
        var balancer = await Broker.AcceptAsync();
        await balancer.ExpectConnectAsync();

        await balancer.SendAsync("HTTP/1.1 503 Service Unavailable\r\n\r\n"u8.ToArray());
        balancer.Close();

        await Eventually.TrueAsync("it waits", () => connection.Status is { State: ConnectionState.Waiting, ReasonName: "HttpExpected" }, Token, state: () => connection.Status);
    }
}
