using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Plotune.Mqtt.Agent.Storage;
using Plotune.Mqtt.TestSupport;

namespace Plotune.Mqtt.Agent.Tests.Storage;

public sealed class StateDatabaseTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly CapturingLogger _logger = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string DatabasePath => _folder["state.db"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task What_is_written_is_there_after_a_restart()
    {
        await using (var database = Open())
            await InsertAsync(database, "plant");

        await using var again = Open();
        Assert.Equal(["plant"], await NamesAsync(again));
    }

    [Fact]
    public async Task A_file_that_is_no_database_is_set_aside_not_deleted()
    {
        await File.WriteAllTextAsync(DatabasePath, new string('x', 5000), Token);

        await using var database = Open();

        Assert.Empty(await NamesAsync(database));
        var aside = Directory.GetFiles(_folder.Path, "state.db.damaged-20260102T030405Z").Single();
        Assert.Equal(5000, new FileInfo(aside).Length);
        Assert.Equal(LogLevel.Error, _logger.Entries.Single(entry => entry.EventId.Id == 3000).Level);
    }

    [Fact]
    public async Task A_file_with_damaged_pages_is_set_aside()
    {
        await using (var database = Open())
        {
            for (var i = 0; i < 200; i++)
                await InsertAsync(database, $"{i}{new string('n', 500)}");
        }

        await using (var file = new FileStream(DatabasePath, FileMode.Open))
        {
            file.Position = 4096 * 3;
            await file.WriteAsync(new byte[4096 * 20], Token);
        }

        await using var again = Open();

        Assert.Empty(await NamesAsync(again));
        Assert.Single(Directory.GetFiles(_folder.Path, "state.db.damaged-*"));
    }

    [Fact]
    public async Task A_second_damaged_file_in_the_same_second_gets_a_name_of_its_own()
    {
        for (var i = 0; i < 2; i++)
        {
            await File.WriteAllTextAsync(DatabasePath, new string('x', 5000), Token);
            await Open().DisposeAsync();
            foreach (var file in Directory.GetFiles(_folder.Path, "state.db-*").Append(DatabasePath))
                File.Delete(file);
        }

        Assert.Equal(2, Directory.GetFiles(_folder.Path, "state.db.damaged-*").Length);
    }

    [Fact]
    public async Task A_file_of_a_later_version_is_refused_and_left_as_it_is()
    {
        await using (var database = Open())
            await InsertAsync(database, "plant");
        SetVersion(99);

        Assert.Throws<StateSchemaException>(Open);

        Assert.Empty(Directory.GetFiles(_folder.Path, "*.damaged-*"));
        SetVersion(StateSchema.Version);
        await using var again = Open();
        Assert.Equal(["plant"], await NamesAsync(again));
    }

    [Fact]
    public async Task A_new_file_has_the_newest_schema()
    {
        await using var database = Open();

        Assert.Equal((long)StateSchema.Version, await database.ReadAsync(connection => (long)connection.QueryScalar("PRAGMA user_version")!, Token));
    }

    [Fact]
    public async Task Work_that_fails_is_undone_alone()
    {
        await using var database = Open();
        var good = InsertAsync(database, "good");
        var bad = database.WriteAsync(
            connection =>
            {
                connection.Execute("INSERT INTO connections VALUES ('half', '')");
                throw new InvalidOperationException("no");
            },
            cancellationToken: Token);

        await Assert.ThrowsAsync<InvalidOperationException>(() => bad);
        await good;
        Assert.Equal(["good"], await NamesAsync(database));
    }

    [Fact]
    public async Task A_full_disk_is_told_once_and_writing_goes_on_when_there_is_room()
    {
        await using var database = Open();
        await database.ReadAsync(connection => connection.QueryScalar("PRAGMA max_page_count = 10"), Token);
        for (var i = 0; i < 3; i++)
            await Assert.ThrowsAsync<StorageException>(() => InsertAsync(database, new string('n', 100_000) + i));
        await database.ReadAsync(connection => connection.QueryScalar("PRAGMA max_page_count = 100000"), Token);

        await InsertAsync(database, "plant");

        Assert.Equal([3001, 3002], _logger.Entries.Select(entry => entry.EventId.Id).Distinct());
        Assert.Equal(["plant"], await NamesAsync(database));
    }

    [Fact]
    public async Task A_full_disk_fails_what_needs_room_and_nothing_else()
    {
        await using var database = Open();
        await InsertAsync(database, "plant");
        await database.ReadAsync(connection => connection.QueryScalar("PRAGMA max_page_count = 10"), Token);
        using var gate = new ManualResetEventSlim();
        var waiting = await OccupyAsync(database, gate);
        Task[] tooMuch = [InsertAsync(database, new string('n', 100_000)), InsertAsync(database, new string('m', 100_000))];
        var reading = NamesAsync(database);
        var small = database.WriteAsync(connection => connection.Execute("UPDATE connections SET name = 'bench'"), cancellationToken: Token);
        gate.Set();

        await waiting();
        foreach (var task in tooMuch)
            Assert.StartsWith($"The disk of the data folder {_folder.Path} is full", (await Assert.ThrowsAsync<StorageException>(() => task)).Message, StringComparison.Ordinal);
        Assert.Equal(["plant"], await reading);
        await small;
        Assert.Equal(["bench"], await NamesAsync(database));
        Assert.Single(_logger.Entries, entry => entry.EventId.Id == 3001);
    }

    [Fact]
    public async Task What_is_committed_together_becomes_known_in_order_before_anything_else_runs()
    {
        await using var database = Open();
        using var gate = new ManualResetEventSlim();
        var events = new List<string>();
        var waiting = await OccupyAsync(database, gate);
        Task[] writing = [.. Enumerable.Range(0, 3).Select(number => database.WriteAsync(new TellingWork(number, events), Token))];
        gate.Set();
        await waiting();
        await Task.WhenAll(writing);
        await database.WriteAsync(new TellingWork(3, events), Token);

        Assert.Equal(["run 0", "run 1", "run 2", "commit 0", "commit 1", "commit 2", "run 3", "commit 3"], events);
    }

    [Fact]
    public async Task Only_what_asks_for_it_waits_for_the_disk()
    {
        await using var database = Open();
        var modes = new List<object?>();
        foreach (var durable in new[] { false, true, true, false, true })
            await database.WriteAsync(connection => modes.Add(connection.QueryScalar("PRAGMA synchronous")), durable, Token);

        Assert.Equal([1L, 2L, 2L, 1L, 2L], modes);
    }

    [Fact]
    public async Task Work_that_is_undone_hears_of_it_and_may_run_again()
    {
        await using var database = Open();
        await database.ReadAsync(connection => connection.QueryScalar("PRAGMA max_page_count = 10"), Token);
        using var gate = new ManualResetEventSlim();
        var events = new List<string>();
        var waiting = await OccupyAsync(database, gate);
        var first = database.WriteAsync(new TellingWork(0, events), Token);
        var failing = InsertAsync(database, new string('n', 100_000));
        gate.Set();

        await waiting();
        await first;
        await Assert.ThrowsAsync<StorageException>(() => failing);
        Assert.Equal(["run 0", "undo 0", "run 0", "commit 0"], events);
    }

    [Fact]
    public async Task A_large_file_is_opened_without_reading_its_messages_unless_it_was_found_damaged()
    {
        await using (var database = Open())
        {
            await InsertAsync(database, "plant");
            await database.WriteAsync(
                connection => connection.Execute("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 40) INSERT INTO outbound SELECT i, 1, 0, 0, NULL, 't', zeroblob(1000000) FROM n"),
                cancellationToken: Token);
        }

        await using (var file = new FileStream(DatabasePath, FileMode.Open))
        {
            // Pages of the list of a payload's pages, each of which names the next.
            for (var page = 2000; page < 2010; page++)
            {
                file.Position = page * 4096;
                await file.WriteAsync(new byte[] { 255, 255, 255, 255 }, Token);
            }
        }

        await using (var again = Open())
        {
            Assert.Equal(["plant"], await NamesAsync(again));
            var exception = await Assert.ThrowsAsync<StorageException>(() => again.ReadAsync(connection => connection.QueryScalar("SELECT sum(length(CAST(payload AS TEXT))) FROM outbound"), Token));
            Assert.Contains("is damaged", exception.Message, StringComparison.Ordinal);
        }

        await using var last = Open();
        Assert.Empty(await NamesAsync(last));
        Assert.Single(Directory.GetFiles(_folder.Path, "state.db.damaged-*"));
        Assert.Empty(Directory.GetFiles(_folder.Path, "*suspect*"));
    }

    [Fact]
    public async Task A_file_of_the_version_before_the_outbound_queue_gets_its_tables()
    {
        const string before =
            """
            CREATE TABLE connections (name TEXT NOT NULL PRIMARY KEY, settings TEXT NOT NULL) WITHOUT ROWID;
            CREATE TABLE signals (id INTEGER PRIMARY KEY, connection TEXT NOT NULL, topic TEXT NOT NULL, path TEXT NOT NULL, key TEXT NOT NULL UNIQUE, kind INTEGER NOT NULL, unit TEXT,
                description TEXT, first_seen INTEGER, UNIQUE (connection, topic, path));
            CREATE TABLE held_topics (connection TEXT NOT NULL, worker INTEGER NOT NULL, session TEXT NOT NULL, topics TEXT NOT NULL, PRIMARY KEY (connection, worker)) WITHOUT ROWID;
            CREATE TABLE built_in_broker (id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1), settings TEXT NOT NULL);
            INSERT INTO connections VALUES ('plant', '');
            PRAGMA user_version = 4;
            """;
        using (var connection = new SqliteConnection($"Data Source={DatabasePath};Pooling=false"))
        {
            connection.Open();
            connection.Execute(before);
        }

        await using var again = Open();

        Assert.Equal(["plant"], await NamesAsync(again));
        Assert.Equal(0L, await again.ReadAsync(connection => connection.QueryScalar("SELECT (SELECT count(*) FROM outbound) + (SELECT count(*) FROM dead_letters)"), Token));
    }

    [Fact]
    public async Task The_files_are_for_this_user_alone()
    {
        await using var database = Open();
        await InsertAsync(database, "plant");

        PrivateFiles.AssertPrivate(Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public async Task A_closed_file_takes_no_more_work()
    {
        var database = Open();
        await database.DisposeAsync();

        await Assert.ThrowsAsync<StorageException>(() => InsertAsync(database, "plant"));
    }

    private StateDatabase Open() => StateDatabase.Open(DatabasePath, new FakeTimeProvider(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero)), _logger);

    /// <summary>What is queued from now on until the gate opens is committed together.</summary>
    /// <returns>Completes once the gate is open, wrapped so that it is not awaited here.</returns>
    private static async Task<Func<Task>> OccupyAsync(StateDatabase database, ManualResetEventSlim gate)
    {
        var entered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var waiting = database.WriteAsync(
            _ =>
            {
                entered.SetResult();
                gate.Wait(Token);
            },
            cancellationToken: Token);
        await entered.Task;
        return () => waiting;
    }

    private static Task InsertAsync(StateDatabase database, string name) => database.WriteAsync(
        connection =>
        {
            using var command = connection.Prepare("INSERT INTO connections VALUES ($name, '')", ("$name", name));
            command.ExecuteNonQuery();
        },
        cancellationToken: Token);

    private static Task<List<string>> NamesAsync(StateDatabase database) => database.ReadAsync(
        connection =>
        {
            using var command = connection.Prepare("SELECT name FROM connections");
            using var reader = command.ExecuteReader();
            var names = new List<string>();
            while (reader.Read())
                names.Add(reader.GetString(0));
            return names;
        },
        Token);

    /// <summary>Notes what happens to it, and writes a row.</summary>
    private sealed class TellingWork(int number, List<string> events) : StateWork(durable: false)
    {
        public override void Run(SqliteConnection connection)
        {
            events.Add($"run {number}");
            connection.Execute("UPDATE connections SET settings = ''");
        }

        protected override void OnCommitted() => events.Add($"commit {number}");

        protected override void OnUndone() => events.Add($"undo {number}");
    }

    private void SetVersion(int version)
    {
        using var connection = new SqliteConnection($"Data Source={DatabasePath};Pooling=false");
        connection.Open();
        connection.Execute($"PRAGMA user_version = {version}");
    }
}
