using Microsoft.Extensions.Logging;
using Plotune.Mqtt.Agent.Configuration;
using Plotune.Mqtt.Agent.EventSources.Redis;
using Plotune.Mqtt.Agent.Storage;
using Plotune.Mqtt.Client;
using Plotune.Mqtt.TestSupport;

namespace Plotune.Mqtt.Agent.Tests.Storage;

public sealed class EventSourceRepositoryTests : IDisposable
{
    private static readonly RedisSourceSettings Everything = new()
    {
        Name = "nemo",
        Enabled = false,
        Host = "redis.lab",
        Port = 6380,
        Database = 3,
        UserName = "bridge",
        Password = Secret.From("sesame-open"),
        UsesTls = true,
        Tls = new TlsConfig { Ca = "/ca.pem", Certificate = "/cert.pem", Key = Secret.From("mellon-friend"), KeyPassword = Secret.From("xyzzy-plugh"), ServerName = "redis", Verify = TlsVerification.None },
        Lists = ["a", "b"],
        StatusKeys = ["c"],
        ControlLists = [],
        Connections = ["plant", "remote"],
        TopicPrefix = "lab",
        QualityOfService = QualityOfService.ExactlyOnce,
        Retain = false,
        Events = [new EventFilter("tool_saved", false)],
        Topics = [new TopicOverride("nemo/+", "x/+")],
    };

    private readonly TemporaryFolder _folder = new();
    private readonly CapturingLogger _logger = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task What_is_stored_comes_back_and_no_secret_is_in_the_file_as_it_is()
    {
        await using (var database = Open())
        {
            await Repository(database).SaveAsync(new RedisSourceSettings { Name = "second", Connections = ["plant"] }, Cancel);
            await Repository(database).SaveAsync(Everything with { Host = "before" }, Cancel);
            await Repository(database).SaveAsync(Everything, Cancel);
        }

        foreach (var secret in (string[])["sesame-open", "mellon-friend", "xyzzy-plugh"])
            Assert.DoesNotContain(secret, string.Concat(Directory.GetFiles(_folder.Path).Select(file => File.ReadAllText(file, System.Text.Encoding.Latin1))), StringComparison.Ordinal);
        await using var again = Open();
        Assert.Equal([Everything, new RedisSourceSettings { Name = "second", Connections = ["plant"] }], (await Repository(again).LoadAsync(Cancel)).Sources);
    }

    [Fact]
    public async Task A_deleted_source_is_gone_but_still_known()
    {
        await using var database = Open();
        await Repository(database).SaveAsync(Everything, Cancel);

        await Repository(database).DeleteAsync("nemo", Cancel);

        var loaded = await Repository(database).LoadAsync(Cancel);
        Assert.Empty(loaded.Sources);
        Assert.Equal(["nemo"], loaded.Known);
    }

    [Fact]
    public async Task The_data_folder_has_an_identity_of_its_own_that_stays()
    {
        using var other = new TemporaryFolder();
        await using var elsewhere = StateDatabase.Open(other["state.db"], TimeProvider.System, _logger);
        string first;
        await using (var database = Open()) first = await Repository(database).IdentifyAsync(Cancel);

        await using var again = Open();
        Assert.Equal(first, await Repository(again).IdentifyAsync(Cancel));
        Assert.NotEqual(first, await Repository(elsewhere).IdentifyAsync(Cancel));
    }

    [Fact]
    public async Task Settings_that_cannot_be_read_and_secrets_whose_key_is_gone_are_told()
    {
        await using (var database = Open())
        {
            await Repository(database).SaveAsync(Everything, Cancel);
            await database.WriteAsync(connection => connection.Execute("INSERT INTO event_sources VALUES ('damaged', '{')"), durable: false, Cancel);
        }

        Directory.Delete(_folder["keys"], recursive: true);
        await using var again = Open();
        var loaded = await Repository(again).LoadAsync(Cancel);

        var settings = Assert.Single(loaded.Sources);
        Assert.Equal(["password", "private key", "key password"], new[] { settings.Password, settings.Tls.Key, settings.Tls.KeyPassword }.Select(secret => secret.LostName));
        Assert.Equal(["damaged", "nemo"], loaded.Known.Order(StringComparer.Ordinal));
        Assert.Equal(1, _logger.Entries.Count(entry => entry.Level == LogLevel.Error));
        var test = await RedisSourceTest.RunAsync(settings, Cancel);
        Assert.Equal((false, "The stored password, private key and key password cannot be read any more, because their encryption key is gone. Enter them again."), (test.Success, test.Reason));
    }

    private StateDatabase Open() => StateDatabase.Open(_folder["state.db"], TimeProvider.System, _logger);

    private EventSourceRepository Repository(StateDatabase database) => new(database, new SecretProtector(_folder["keys"]), new TypedLogger(_logger));

    private sealed class TypedLogger(ILogger logger) : ILogger<EventSourceRepository>
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => logger.BeginScope(state);

        public bool IsEnabled(LogLevel logLevel) => logger.IsEnabled(logLevel);

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            logger.Log(logLevel, eventId, state, exception, formatter);
    }
}
