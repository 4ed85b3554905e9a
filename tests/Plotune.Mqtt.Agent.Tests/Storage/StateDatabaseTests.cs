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
    public async Task The_files_are_for_this_user_alone()
    {
        await using var database = Open();
        await InsertAsync(database, "plant");

        TemporaryFolder.AssertPrivate(Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public async Task A_closed_file_takes_no_more_work()
    {
        var database = Open();
        await database.DisposeAsync();

        await Assert.ThrowsAsync<StorageException>(() => InsertAsync(database, "plant"));
    }

    private StateDatabase Open() => StateDatabase.Open(DatabasePath, new FakeTimeProvider(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero)), _logger);

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

    private void SetVersion(int version)
    {
        using var connection = new SqliteConnection($"Data Source={DatabasePath};Pooling=false");
        connection.Open();
        connection.Execute($"PRAGMA user_version = {version}");
    }
}
