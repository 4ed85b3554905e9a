using Plotune.Mqtt.Agent.Configuration;
using StackExchange.Redis;

namespace Plotune.Mqtt.Agent.EventSources.Redis;

/// <summary>
/// One connection to Redis, from its making to its loss; it never comes back by itself. What a command did whose answer the connection took along is not known, so whoever
/// connects again looks at the in-work lists first.
/// </summary>
internal sealed class RedisLink : IAsyncDisposable
{
    /// <summary>How long connecting, with TLS and logging in, may take.</summary>
    public static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(5);

    /// <summary>How long an answer may take; more than what <see cref="BlockingDoorbell"/> waits, and with the interval of renewals less than the life of a lease.</summary>
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(8);

    private static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(15);

    /// <summary>What the library would ask at the start, or now and then, and has no use here; less to allow in an ACL, and no second connection for messages.</summary>
    private static readonly CommandMap Commands = CommandMap.Create(
        ["SUBSCRIBE", "UNSUBSCRIBE", "PSUBSCRIBE", "PUNSUBSCRIBE", "SSUBSCRIBE", "SUNSUBSCRIBE", "PUBLISH", "CONFIG", "INFO", "CLUSTER", "SENTINEL", "ECHO"], available: false);

    private readonly ConnectionMultiplexer _multiplexer;
    private readonly RedisTunnel _tunnel;
    private readonly Timer _cut;
    private readonly TaskCompletionSource _lost = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private RedisLink(ConnectionMultiplexer multiplexer, RedisTunnel tunnel)
    {
        _multiplexer = multiplexer;
        _tunnel = tunnel;
        _cut = new Timer(_ => tunnel.Cut());
        _multiplexer.ConnectionFailed += (_, _) => _lost.TrySetResult();
        Database = multiplexer.GetDatabase();
    }

    public IDatabase Database { get; }

    /// <summary>Completes once the connection is lost.</summary>
    public Task Lost => _lost.Task;

    /// <exception cref="RedisUnavailableException">It cannot be connected to, or was cancelled.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static async Task<RedisLink> ConnectAsync(RedisSourceSettings settings, CancellationToken cancellationToken)
    {
        // Without it, it would log in as somebody else.
        if (LostSecrets.Sentence([settings.Password, settings.Tls.Key, settings.Tls.KeyPassword]) is { } lost) throw new RedisUnavailableException(lost);
        var tunnel = new RedisTunnel(settings, ConnectTimeout * 0.8, cancellationToken);
        using var cutting = cancellationToken.Register(tunnel.Cut);
        var multiplexer = await ConnectionMultiplexer.ConnectAsync(OptionsFor(settings, tunnel));
        try
        {
            await CheckAsync(multiplexer, settings, tunnel);
            cancellationToken.ThrowIfCancellationRequested();
            return new RedisLink(multiplexer, tunnel);
        }
        catch
        {
            tunnel.Cut();
            await multiplexer.DisposeAsync();
            throw;
        }
    }

    /// <summary>Ends the connection after a while, whatever still waits for an answer.</summary>
    public void CutAfter(TimeSpan patience) => _cut.Change(patience, Timeout.InfiniteTimeSpan);

    public async ValueTask DisposeAsync()
    {
        await _cut.DisposeAsync();
        // Commands that wait for an answer fail at once; the library alone would wait for them, or forget them.
        _tunnel.Cut();
        await _multiplexer.DisposeAsync();
    }

    /// <summary>
    /// The library comes back connected or not; what was wrong it says with the first command. A user or password that is refused, or a database that is not there, does not
    /// disturb it: it would go on as the default user, or in database 0. So both are asked for again.
    /// </summary>
    private static async Task CheckAsync(ConnectionMultiplexer multiplexer, RedisSourceSettings settings, RedisTunnel tunnel)
    {
        if (tunnel.Failure is { } failure) throw new RedisUnavailableException(failure);
        try
        {
            var database = multiplexer.GetDatabase();
            await database.PingAsync();
            if (!settings.Password.IsEmpty || settings.UserName.Length > 0) await LogInAsync(database, settings);
            await database.ExecuteAsync("SELECT", settings.Database);
        }
        catch (Exception exception) when (RedisFailure.IsExpected(exception))
        {
            throw new RedisUnavailableException(RedisFailure.Describe(exception, settings), exception);
        }
    }

    private static async Task LogInAsync(IDatabase database, RedisSourceSettings settings)
    {
        try
        {
            object[] credentials = settings.UserName.Length == 0 ? [settings.Password.Reveal()] : [settings.UserName, settings.Password.Reveal()];
            await database.ExecuteAsync("AUTH", credentials);
        }
        catch (RedisServerException exception) when (exception.Message.Contains("without any password configured", StringComparison.Ordinal))
        {
            // It takes anybody; then a password is no fault.
        }
    }

    private static ConfigurationOptions OptionsFor(RedisSourceSettings settings, RedisTunnel tunnel) => new()
    {
        // The tunnel connects; the name only tells the library that there is one server.
        EndPoints = { { settings.Host, settings.Port } },
        Tunnel = tunnel,
        DefaultDatabase = settings.Database,
        User = settings.UserName.Length > 0 ? settings.UserName : null,
        Password = settings.Password.IsEmpty ? null : settings.Password.Reveal(),
        ClientName = "plotune-mqtt",
        CommandMap = Commands,
        Protocol = RedisProtocol.Resp2,
        AbortOnConnectFail = false,
        ConnectRetry = 0,
        ConnectTimeout = (int)ConnectTimeout.TotalMilliseconds,
        AsyncTimeout = (int)AnswerTimeout.TotalMilliseconds,
        SyncTimeout = (int)AnswerTimeout.TotalMilliseconds,
        KeepAlive = (int)KeepAlive.TotalSeconds,
        BacklogPolicy = BacklogPolicy.FailFast,
        ReconnectRetryPolicy = new NeverRetry(),
        ConfigurationChannel = "",
        TieBreaker = "",
        IncludeDetailInExceptions = false,
    };

    private sealed class NeverRetry : IReconnectRetryPolicy
    {
        public bool ShouldRetry(long currentRetryCount, int timeElapsedMillisecondsSinceLastRetry) => false;
    }
}
