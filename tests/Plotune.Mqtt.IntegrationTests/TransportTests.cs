using System.Security.Cryptography.X509Certificates;
using Plotune.Mqtt.Client;
using Plotune.Mqtt.IntegrationTests.Support;
using Plotune.Mqtt.TestSupport;
using Eventually = Plotune.Mqtt.IntegrationTests.Support.Eventually;

namespace Plotune.Mqtt.IntegrationTests;

/// <summary>Every transport against mosquitto, by the client alone.</summary>
public sealed class TransportTests : IAsyncLifetime
{
    /// <summary>mosquitto 2.0.11 refuses to start if its only listener is one of WebSocket.</summary>
    private const string OtherListener = "listener 0 {folder}/other.sock\n";

    private readonly string _folder = Directory.CreateTempSubdirectory("plotune-test-").FullName;
    private readonly TestAuthority _authority = TestAuthority.Create();

    private string TlsConfiguration => $"cafile {_folder}/ca.pem\ncertfile {_folder}/server.pem\nkeyfile {_folder}/server.key\n";

    public ValueTask InitializeAsync()
    {
        Write("ca", _authority.Certificate, withKey: false);
        using var server = _authority.Issue("localhost", ["localhost", "127.0.0.1"]);
        Write("server", server);
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync()
    {
        _authority.Dispose();
        Directory.Delete(_folder, recursive: true);
        return ValueTask.CompletedTask;
    }

    [Theory]
    [InlineData(BrokerTransport.Tls, TlsVersion.Tls12)]
    [InlineData(BrokerTransport.Tls, TlsVersion.Tls13)]
    [InlineData(BrokerTransport.WebSocket, TlsVersion.Tls12)]
    [InlineData(BrokerTransport.WebSocketTls, TlsVersion.Tls12)]
    public async Task Messages_pass_at_every_quality(BrokerTransport transport, TlsVersion minimum)
    {
        var configuration = "allow_anonymous true\n";
        if (transport is BrokerTransport.WebSocket or BrokerTransport.WebSocketTls)
            configuration += "protocol websockets\n";
        if (transport != BrokerTransport.WebSocket)
            configuration += TlsConfiguration;
        await using var broker = await BrokerProcess.StartAsync(configuration + OtherListener);

        await using var connection = Connect(broker, transport, new TlsOptions { Ca = _authority.Pem, MinimumVersion = minimum });

        await connection.ConnectedAsync();
        foreach (var qos in Enum.GetValues<QualityOfService>())
            await connection.AssertRoundTripAsync("plant/line1/speed", qos);
    }

    [Fact]
    public async Task Messages_pass_over_a_Unix_socket()
    {
        var path = Path.Combine(_folder, "mqtt.sock");
        await using var broker = await BrokerProcess.StartAsync($"allow_anonymous true\nlistener 0 {path}\n");

        await using var connection = new ClientConnection(
            new BrokerConnectionOptions { Transport = BrokerTransport.Unix, Address = new BrokerAddress(path, 1883), ClientId = "tester" },
            new TopicSubscription("plant/#", QualityOfService.ExactlyOnce));

        await connection.ConnectedAsync();
        await connection.AssertRoundTripAsync("plant/line1/speed", QualityOfService.ExactlyOnce);
    }

    [Fact]
    public async Task Large_message_passes_over_secure_WebSocket_through_a_proxy()
    {
        await using var broker = await BrokerProcess.StartAsync("allow_anonymous true\nprotocol websockets\n" + TlsConfiguration + OtherListener);
        await using var proxy = TunnelProxy.Start();
        await using var connection = new ClientConnection(
            new BrokerConnectionOptions
            {
                Address = new BrokerAddress("127.0.0.1", broker.Port),
                Transport = BrokerTransport.WebSocketTls,
                Tls = new TlsOptions { Ca = _authority.Pem },
                Proxy = new ProxyOptions("127.0.0.1", proxy.Port),
                ClientId = "tester",
            },
            new TopicSubscription("plant/#", QualityOfService.AtLeastOnce));
        await connection.ConnectedAsync();

        var payload = new string('x', 300_000);
        Assert.Equal(PublishOutcome.Delivered, (await connection.PublishAsync("plant/large", payload)).Outcome);

        await Eventually.ThatAsync("the large message comes back", () => connection.Messages.Contains(("plant/large", payload)));
        Assert.Single(proxy.Requests);
    }

    [Fact]
    public async Task Broker_lets_only_the_clients_of_its_authority_in()
    {
        await using var broker = await BrokerProcess.StartAsync("allow_anonymous true\n" + TlsConfiguration + "require_certificate true\n");
        using var stranger = TestAuthority.Create("Another Authority");
        using var ada = _authority.Issue("ada");
        using var expired = _authority.Issue("ada", notAfter: DateTimeOffset.UtcNow.AddDays(-1));
        using var foreign = stranger.Issue("ada");

        await using (var connection = Connect(broker, BrokerTransport.Tls, WithClient(ada)))
            await connection.ConnectedAsync();
        await AssertFailsAsync(broker, BrokerTransport.Tls, new TlsOptions { Ca = _authority.Pem }, "ClientCertificateRequired");
        await AssertRefusedAsync(broker, WithClient(foreign), ConnectionState.Failed, "ClientCertificateUnknownCa");
        await AssertRefusedAsync(broker, WithClient(expired), ConnectionState.Waiting, "ClientCertificateExpired");
    }

    [Fact]
    public async Task Wrong_transport_is_recognised_by_what_the_broker_does()
    {
        await using var plain = await BrokerProcess.StartAsync();
        await using var tls = await BrokerProcess.StartAsync("allow_anonymous true\n" + TlsConfiguration);
        await using var webSocket = await BrokerProcess.StartAsync("allow_anonymous true\nprotocol websockets\n" + OtherListener);
        var trusting = new TlsOptions { Ca = _authority.Pem };

        await AssertFailsAsync(plain, BrokerTransport.Tls, trusting, "TlsHandshakeClosed");
        await AssertFailsAsync(plain, BrokerTransport.WebSocket, trusting, "WebSocketClosed");
        await AssertFailsAsync(webSocket, BrokerTransport.Tcp, trusting, "HttpExpected");
        await AssertFailsAsync(webSocket, BrokerTransport.Tls, trusting, "TlsNotSpoken");
        await using var connection = Connect(tls, BrokerTransport.Tcp, trusting);
        Assert.Contains("does the port expect TLS?", (await connection.FailedAsync()).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Password_is_checked_and_a_wrong_one_is_final()
    {
        await using var broker = await BrokerProcess.StartWithPasswordAsync("ada", "s3cret");
        var options = new BrokerConnectionOptions { Address = new BrokerAddress("127.0.0.1", broker.Port), ClientId = "tester", UserName = "ada" };

        await using var right = new ClientConnection(options with { Password = "s3cret" });
        await right.ConnectedAsync();
        await using var wrong = new ClientConnection(options with { ClientId = "other", Password = "wrong" });
        var status = await wrong.FailedAsync();

        Assert.Equal((ConnectionState.Failed, "NotAuthorized"), (status.State, status.ReasonName));
    }

    [Fact]
    public async Task Access_rules_refuse_a_publish_and_nothing_else()
    {
        var rules = Path.Combine(_folder, "acl");
        await File.WriteAllTextAsync(rules, "topic readwrite plant/#\n", TestContext.Current.CancellationToken);
        // With a queue without limit mosquitto 2.0.11 closes the connection of whoever it has refused a publish.
        await using var broker = await BrokerProcess.StartAsync($"allow_anonymous true\nacl_file {rules}\nmax_queued_messages 1000\n");
        await using var connection = Connect(broker, BrokerTransport.Tcp, new TlsOptions());
        await connection.ConnectedAsync();

        var refused = await connection.PublishAsync("secret/formula", "1");

        Assert.Equal((PublishOutcome.Refused, "NotAuthorized"), (refused.Outcome, refused.ReasonName));
        await connection.AssertRoundTripAsync("plant/line1/speed");
    }

    private static async Task AssertRefusedAsync(BrokerProcess broker, TlsOptions tls, ConnectionState state, string name)
    {
        await using var connection = Connect(broker, BrokerTransport.Tls, tls);
        var status = await connection.FailedAsync();
        Assert.Equal((state, name), (status.State, status.ReasonName));
    }

    private static async Task AssertFailsAsync(BrokerProcess broker, BrokerTransport transport, TlsOptions tls, string name)
    {
        await using var connection = Connect(broker, transport, tls);
        Assert.Equal(name, (await connection.FailedAsync()).ReasonName);
    }

    private static ClientConnection Connect(BrokerProcess broker, BrokerTransport transport, TlsOptions tls) => new(
        new BrokerConnectionOptions { Address = new BrokerAddress("127.0.0.1", broker.Port), Transport = transport, Tls = tls, ClientId = $"tester-{Guid.NewGuid():N}" },
        new TopicSubscription("plant/#", QualityOfService.ExactlyOnce));

    private TlsOptions WithClient(X509Certificate2 certificate)
    {
        using var key = certificate.GetECDsaPrivateKey()!;
        return new TlsOptions { Ca = _authority.Pem, Certificate = certificate.ExportCertificatePem(), Key = key.ExportPkcs8PrivateKeyPem() };
    }

    private void Write(string name, X509Certificate2 certificate, bool withKey = true)
    {
        File.WriteAllText(Path.Combine(_folder, name + ".pem"), certificate.ExportCertificatePem());
        using var key = certificate.GetECDsaPrivateKey()!;
        if (withKey)
            File.WriteAllText(Path.Combine(_folder, name + ".key"), key.ExportPkcs8PrivateKeyPem());
    }
}
