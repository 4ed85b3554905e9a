using System.Text;
using Microsoft.Extensions.Logging;
using Plotune.Mqtt.Agent.Configuration;
using Plotune.Mqtt.Agent.Outbound;
using Plotune.Mqtt.Agent.Storage;
using Plotune.Mqtt.Agent.Supervision;
using Plotune.Mqtt.Client;
using Plotune.Mqtt.TestSupport;

namespace Plotune.Mqtt.Agent.Tests.Outbound;

/// <summary>The outbound queues of an agent without the rest of it, on a state file of their own.</summary>
internal sealed class OutboundHome : IAsyncDisposable, ILoggerFactory
{
    public const string Connection = "plant";
    public const string OtherConnection = "cloud";

    private readonly OutboundLimits _limits;
    private readonly TimeProvider _time;
    private TemporaryFolder _folder = new();

    // A clock that stands still would keep what is reported on disk.
    private OutboundHome(OutboundLimits limits, TimeProvider time) => (_limits, _time) = (time == TimeProvider.System ? limits : limits with { RemovalDelay = TimeSpan.Zero }, time);

    public StateDatabase Database { get; private set; } = null!;

    public OutboundQueues Queues { get; private set; } = null!;

    public DeadLetters DeadLetters => new(Queues);

    public CapturingLogger Logger { get; } = new();

    /// <summary>What a person was told: kind and sentence.</summary>
    public List<(ConnectionEventKind Kind, string Text)> Notices { get; } = [];

    public OutboundState State => Queues.StateOf(Connection);

    public string FilePath => _folder["state.db"];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static async Task<OutboundHome> OpenAsync(OutboundLimits? limits = null, TimeProvider? time = null)
    {
        var home = new OutboundHome(limits ?? new OutboundLimits(), time ?? TimeProvider.System);
        await home.OpenAsync();
        return home;
    }

    public static OutboundSource Source(string name, OverflowPolicy overflow = OverflowPolicy.Refuse) => new(name, overflow);

    public static OutboundMessage Message(string text, QualityOfService qos = QualityOfService.AtLeastOnce) => new("t", Encoding.UTF8.GetBytes(text), qos);

    public static OutboundMessage[] Messages(int first, int count) => [.. Enumerable.Range(first, count).Select(number => Message($"{number}"))];

    public static string TextOf(Mqtt.Worker.Ipc.PublishRequest request) => Encoding.UTF8.GetString(request.Payload.Span);

    public static int NumberOf(Mqtt.Worker.Ipc.PublishRequest request) => int.Parse(TextOf(request), System.Globalization.CultureInfo.InvariantCulture);

    public async Task AcceptAsync(string source, params OutboundMessage[] messages) =>
        Assert.Equal(OutboundVerdict.Accepted, await Queues.AcceptAsync([Connection], Source(source), messages, Token));

    public Task<OutboundVerdict> OfferAsync(OutboundSource source, params OutboundMessage[] messages) => Queues.AcceptAsync([Connection], source, messages, Token);

    /// <summary>The agent ends in order and starts again.</summary>
    public async Task RestartAsync()
    {
        await CloseAsync();
        await OpenAsync();
    }

    /// <summary>The agent is killed at this very moment and starts again: what it had not committed is gone.</summary>
    public async Task CrashAsync()
    {
        var (queues, database, folder) = (Queues, Database, _folder);
        _folder = new TemporaryFolder();
        // On the owning task, so that nothing is half-written.
        await database.ReadAsync(
            _ =>
            {
                foreach (var name in new[] { "state.db", "state.db-wal" })
                    File.Copy(folder[name], _folder[name]);
                return true;
            },
            Token);
        await queues.DisposeAsync();
        await database.DisposeAsync();
        folder.Dispose();
        await OpenAsync();
    }

    public async Task<long> StoredAsync() => (long)(await Database.ReadAsync(connection => connection.QueryScalar("SELECT count(*) FROM outbound"), Token))!;

    public Task UntilStoredAsync(long count) => Eventually.TrueAsync($"{count} messages are on disk", () => StoredAsync().GetAwaiter().GetResult() == count, Token, state: () => StoredAsync().GetAwaiter().GetResult());

    /// <summary>What is counted must be what is there.</summary>
    public async Task AssertCountsAddUpAsync()
    {
        var (counted, found) = await Database.ReadAsync(
            connection => (
                Rows(connection, "SELECT queue, source, records, bytes FROM outbound_counts WHERE records <> 0 OR bytes <> 0 ORDER BY queue, source"),
                Rows(connection, "SELECT id >> 48, source, count(*), sum(octet_length(topic) + octet_length(payload)) FROM outbound GROUP BY 1, 2 ORDER BY 1, 2")),
            Token);
        Assert.Equal(found, counted);

        static List<string> Rows(Microsoft.Data.Sqlite.SqliteConnection connection, string sql)
        {
            using var command = connection.Prepare(sql);
            using var reader = command.ExecuteReader();
            var rows = new List<string>();
            while (reader.Read())
                rows.Add(string.Join(' ', Enumerable.Range(0, 4).Select(reader.GetInt64)));
            return rows;
        }
    }

    public ILogger CreateLogger(string categoryName) => Logger;

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

    public void Dispose() => _folder.Dispose();

    public async ValueTask DisposeAsync()
    {
        await CloseAsync();
        Dispose();
    }

    private async Task OpenAsync()
    {
        Database = StateDatabase.Open(FilePath, _time, Logger);
        await Database.WriteAsync(static connection => connection.Execute("INSERT OR IGNORE INTO connections VALUES ('plant', ''), ('cloud', '')"), cancellationToken: Token);
        Queues = new OutboundQueues(Database, _limits, _time, new Logger<OutboundQueues>(this));
        await Queues.LoadAsync(Token);
        foreach (var connection in new[] { Connection, OtherConnection })
            Queues.Open(connection, (kind, _, text) => Notices.Add((kind, text)));
    }

    private async Task CloseAsync()
    {
        await Queues.DisposeAsync();
        await Database.DisposeAsync();
    }
}
