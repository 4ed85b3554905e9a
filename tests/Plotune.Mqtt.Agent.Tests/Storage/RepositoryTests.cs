using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Plotune.Mqtt.Agent.Configuration;
using Plotune.Mqtt.Agent.Signals;
using Plotune.Mqtt.Agent.Storage;
using Plotune.Mqtt.Client;
using Plotune.Mqtt.Payloads;
using Plotune.Mqtt.TestSupport;

namespace Plotune.Mqtt.Agent.Tests.Storage;

public sealed class RepositoryTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static BrokerConnectionConfig Full => new()
    {
        Name = "plant",
        Enabled = false,
        Host = "broker.local",
        Port = 1884,
        Transport = BrokerTransport.WebSocketTls,
        Path = "/ws",
        Headers = [new HeaderConfig("Authorization", Secret.From("header value"))],
        Proxy = new ProxyConfig("proxy", 3128) { UserName = "u", Password = Secret.From("proxy pass") },
        Will = new WillConfig("will", "gone") { QualityOfService = QualityOfService.AtLeastOnce, Retain = true, Delay = TimeSpan.FromSeconds(9) },
        FollowRedirect = true,
        Workers = 3,
        Protocol = ProtocolPreference.V311,
        ClientId = "me",
        UserName = "user",
        Password = Secret.From("correct horse"),
        KeepAlive = TimeSpan.FromSeconds(7),
        CleanSession = false,
        SessionExpiry = TimeSpan.FromSeconds(8),
        Topics = [new TopicFilterConfig("a/#", QualityOfService.ExactlyOnce), new TopicFilterConfig("b/+") { RetainHandling = RetainHandling.DoNotSend, RetainAsPublished = true, NoLocal = true }],
        ShareGroup = "group",
        Tls = new TlsConfig
        {
            Ca = "ca",
            Certificate = "cert",
            Key = Secret.From("battery staple"),
            KeyPassword = Secret.From("key pass"),
            ServerName = "name",
            MinimumVersion = TlsVersion.Tls13,
            Verify = TlsVerification.None,
            CheckRevocation = true,
            ApplicationProtocols = ["mqtt", "other"],
        },
        Producer = true,
        ProducerSince = DateTimeOffset.FromUnixTimeMilliseconds(1_766_000_000_123),
        ProducerTopic = "out",
        ProducerQos = QualityOfService.ExactlyOnce,
        Retain = true,
        TakeOwnMessages = true,
        SigningSecret = Secret.From("sign me"),
        VerifySecret = Secret.From("verify me"),
    };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_connection_comes_back_as_it_was_stored()
    {
        await SaveAsync(Full);

        var loaded = await LoadAsync();

        Assert.Equal(Full, loaded.Single());
        Assert.Null(LostSecrets.Sentence(loaded.Single()));
    }

    [Fact]
    public async Task Secrets_are_not_readable_in_the_files()
    {
        await SaveAsync(Full);

        foreach (var file in Directory.GetFiles(_folder.Path, "*", SearchOption.AllDirectories))
        {
            var bytes = await File.ReadAllBytesAsync(file, Token);
            foreach (var secret in new[] { "correct horse", "battery staple", "key pass", "sign me", "verify me", "header value", "proxy pass" })
            {
                Assert.Equal(-1, bytes.AsSpan().IndexOf(Encoding.UTF8.GetBytes(secret)));
                Assert.Equal(-1, bytes.AsSpan().IndexOf(Encoding.Unicode.GetBytes(secret)));
            }
        }
    }

    [Fact]
    public async Task A_connection_stored_by_an_earlier_version_gets_the_defaults_of_what_it_did_not_know()
    {
        const string settings =
            """
            {"enabled":true,"host":"broker.local","port":1884,"transport":"Tcp","path":"/mqtt","protocol":"Auto","clientId":"me","userName":"","password":"","keepAliveSeconds":60,
             "cleanSession":true,"sessionExpirySeconds":3600,"topics":[{"filter":"a/#","qos":"AtLeastOnce"}],"shareGroup":"",
             "tls":{"ca":"","certificate":"","key":"","keyPassword":"","serverName":"","minimumVersion":"Tls12","verify":"Full"},
             "producer":false,"producerTopic":"plotune","retain":false,"signingSecret":"","verifySecret":""}
            """;
        await using (var database = OpenDatabase())
            await database.WriteAsync(connection => connection.Prepare("INSERT INTO connections VALUES ('plant', $settings)", ("$settings", settings)).ExecuteNonQuery(), cancellationToken: Token);

        var loaded = await LoadAsync();

        Assert.Equal(
            new BrokerConnectionConfig { Name = "plant", Host = "broker.local", Port = 1884, ClientId = "me", Topics = [new TopicFilterConfig("a/#", QualityOfService.AtLeastOnce)] },
            loaded.Single());
    }

    [Fact]
    public async Task Keys_are_for_this_user_alone()
    {
        await SaveAsync(Full);

        var keys = Directory.GetFiles(_folder["keys"]);
        Assert.NotEmpty(keys);
        PrivateFiles.AssertPrivate(keys);
    }

    [Fact]
    public async Task With_its_key_gone_a_secret_is_lost_and_named_and_the_rest_is_there()
    {
        await SaveAsync(Full);
        Directory.Delete(_folder["keys"], recursive: true);

        var loaded = (await LoadAsync()).Single();

        Assert.Equal(
            "The stored password, private key, key password, header Authorization, proxy password, signing secret and verify secret cannot be read any more, because their encryption key is gone. Enter them again.",
            LostSecrets.Sentence(loaded));
        Assert.Equal(("broker.local", "user"), (loaded.Host, loaded.UserName));
        Assert.Equal(("***", "***", false), (loaded.SigningSecret.ToString(), loaded.Password.ToString(), loaded.VerifySecret.IsEmpty));
        Assert.Throws<InvalidOperationException>(() => loaded.SigningSecret.Reveal());
    }

    [Fact]
    public async Task A_lost_secret_stays_stored_and_is_there_again_with_its_key()
    {
        await SaveAsync(Full);
        Directory.Move(_folder["keys"], _folder["away"]);

        // Other settings are changed meanwhile, and one secret is entered again.
        await SaveAsync((await LoadAsync()).Single() with { KeepAlive = TimeSpan.FromSeconds(7), Password = Secret.From("new") });
        foreach (var key in Directory.GetFiles(_folder["away"]))
            File.Move(key, Path.Combine(_folder["keys"], Path.GetFileName(key)));

        Assert.Equal(Full with { KeepAlive = TimeSpan.FromSeconds(7), Password = Secret.From("new") }, (await LoadAsync()).Single());
    }

    [Fact]
    public void A_secret_of_one_connection_cannot_be_read_as_anothers()
    {
        var protector = new SecretProtector(_folder["keys"]);
        var text = protector.Protect(Secret.From("mine"), "plant", "password");

        Assert.Equal("password", protector.Unprotect(text, "bench", "password").LostName);
        Assert.Equal("signing secret", protector.Unprotect(text, "plant", "signing secret").LostName);
        var secret = protector.Unprotect(text, "plant", "password");
        Assert.Equal("mine", secret.Reveal());
    }

    [Fact]
    public void A_secret_prints_as_stars() => Assert.All(
        ["horse", "staple", "key pass", "sign me", "verify me", "header value", "proxy pass"],
        secret => Assert.DoesNotContain(secret, Full.ToString(), StringComparison.Ordinal));

    [Fact]
    public async Task A_deleted_connection_is_gone_and_its_signals_stay()
    {
        await using var database = OpenDatabase();
        var connections = Connections(database);
        var signals = new SignalRepository(database);
        await connections.SaveAsync(Full, Token);
        var time = new FakeTimeProvider(DateTimeOffset.UnixEpoch.AddMicroseconds(1_766_000_000_123_456));
        var store = new SignalStore(new AgentLimits(), time, persistent: true);
        store.BeginRun("plant").Define(0, "t", "/x", SignalValueKind.Boolean);
        await signals.SaveAsync(store.TakeUnstored(10), Token);
        await connections.DeleteAsync("plant", Token);

        Assert.Empty(await connections.LoadAsync(Token));
        Assert.Equal(new StoredSignal("plant", "t", "/x", "t_x", SignalValueKind.Boolean, null, null, time.GetUtcNow()), (await signals.LoadAsync(10, Token)).Single());
    }

    [Fact]
    public async Task The_oldest_names_of_deleted_connections_are_forgotten_past_the_limit()
    {
        await using var database = OpenDatabase();
        await Connections(database).SaveAsync(Full, Token);
        var signals = new SignalRepository(database);
        var store = new SignalStore(new AgentLimits(), persistent: true);
        store.BeginRun("plant").Define(0, "kept", "", SignalValueKind.Number);
        var gone = store.BeginRun("gone");
        for (var id = 0; id < 5; id++)
            gone.Define(id, $"t{id}", "", SignalValueKind.Number);
        await signals.SaveAsync(store.TakeUnstored(10), Token);

        Assert.Equal(["kept", "t3", "t4"], (await signals.LoadAsync(2, Token)).Select(signal => signal.Key));
    }

    [Fact]
    public async Task What_is_new_in_the_catalog_is_stored_in_the_background()
    {
        await using var database = OpenDatabase();
        var signals = new SignalRepository(database);
        var store = new SignalStore(new AgentLimits(), persistent: true);
        using var stop = new CancellationTokenSource();
        var persisting = new SignalPersister(store, signals, TimeProvider.System, NullLogger<SignalPersister>.Instance).RunAsync(stop.Token);
        var run = store.BeginRun("plant");
        for (var id = 0; id < 5000; id++)
            run.Define(id, $"t/{id}", "", SignalValueKind.Number);
        run.Describe(0, "bar", "pressure");
        await store.WaitForNewAsync(4999, Token);
        await stop.CancelAsync();
        await persisting;

        var loaded = await signals.LoadAsync(10_000, Token);
        Assert.Equal(5000, loaded.Count);
        Assert.Equal(("bar", "pressure"), (loaded[0].Unit, loaded[0].Description));
    }

    private async Task SaveAsync(BrokerConnectionConfig config)
    {
        await using var database = OpenDatabase();
        await Connections(database).SaveAsync(config, Token);
    }

    private async Task<IReadOnlyList<BrokerConnectionConfig>> LoadAsync()
    {
        await using var database = OpenDatabase();
        return await Connections(database).LoadAsync(Token);
    }

    private StateDatabase OpenDatabase() => StateDatabase.Open(_folder["state.db"], TimeProvider.System, NullLogger.Instance);

    private ConnectionRepository Connections(StateDatabase database) => new(database, new SecretProtector(_folder["keys"]), NullLogger<ConnectionRepository>.Instance);
}
