using System.Globalization;
using Microsoft.Data.Sqlite;

namespace Plotune.Mqtt.Agent.Storage;

/// <summary>Opens the SQLite file; one that is damaged is set aside, never deleted.</summary>
internal static partial class StateFile
{
    // A check reads everything: with a gigabyte of messages in it that takes many seconds, for which nothing would start.
    private const long WholeCheckBytes = 32 << 20;

    // SQLite's write-ahead log belongs to its file; the shared memory index beside it is rebuilt.
    private static readonly string[] Companions = ["-wal", "-shm"];

    private static string Library => OperatingSystem.IsWindows() ? "e_sqlite3.dll" : OperatingSystem.IsMacOS() ? "libe_sqlite3.dylib" : "libe_sqlite3.so";

    /// <exception cref="StateSchemaException">A later version wrote it.</exception>
    /// <exception cref="StorageException">Not even a new file can be opened, as on a full disk, or SQLite itself is missing from the installation.</exception>
    public static SqliteConnection Open(string path, TimeProvider timeProvider, ILogger logger)
    {
        try
        {
            return OpenOrReplace(path, timeProvider, logger);
        }
        catch (SqliteException exception) when (exception.IsStorageFailure())
        {
            throw new StorageException(
                exception.IsOutOfSpace() ? DiskRoom.FullSentence(Path.GetDirectoryName(path)!, "full") : $"The state file {path} cannot be opened: {exception.Message}", exception);
        }
    }

    private static SqliteConnection OpenOrReplace(string path, TimeProvider timeProvider, ILogger logger)
    {
        try
        {
            return OpenSound(path);
        }
        catch (Exception exception) when (exception is DamagedException or UnauthorizedAccessException or IOException || (exception is SqliteException sqlite && sqlite.IsDamage()))
        {
            var aside = SetAside(path, timeProvider);
            Log.SetAside(logger, path, exception.Message, aside);
            return OpenSound(path);
        }
        catch (Exception exception) when (exception is TypeInitializationException or DllNotFoundException)
        {
            // The first use of SQLite loads its library, from wherever that happens to be.
            throw new StorageException($"SQLite cannot be loaded: the file {Library} is missing beside the program, or is made for another system. Install the extension again.", exception);
        }
    }

    /// <summary>The file turned out to be damaged while it was in use: the next <see cref="Open"/> checks all of it.</summary>
    public static void Suspect(string path, ILogger logger)
    {
        try
        {
            PrivateFiles.Open(SuspicionOf(path), FileMode.OpenOrCreate, FileAccess.Write, FileShare.ReadWrite).Dispose();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            Log.NotSuspected(logger, path, exception.Message);
        }
    }

    private static SqliteConnection OpenSound(string path)
    {
        using (PrivateFiles.Open(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite))
            PrivateFiles.RestrictFile(path);

        // The files SQLite puts beside it get the same mode.
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false, DefaultTimeout = 5 }.ToString());
        try
        {
            connection.Open();
            connection.Execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA journal_size_limit = 33554432;");
            Check(connection, path);
            StateSchema.Migrate(connection);
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    private static void Check(SqliteConnection connection, string path)
    {
        var suspicion = SuspicionOf(path);
        if (new FileInfo(path).Length <= WholeCheckBytes || File.Exists(suspicion))
        {
            Expect(connection.QueryScalar("PRAGMA quick_check(1)"));
            File.Delete(suspicion);
            return;
        }

        foreach (var table in TablesWithoutMessages(connection))
            Expect(connection.QueryScalar($"PRAGMA quick_check(\"{table.Replace("\"", "\"\"", StringComparison.Ordinal)}\")"));
    }

    private static void Expect(object? check)
    {
        if (check is not "ok")
            throw new DamagedException(check as string ?? "The check gave no answer.");
    }

    private static List<string> TablesWithoutMessages(SqliteConnection connection)
    {
        using var command = connection.Prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT IN ('outbound', 'dead_letters')");
        using var reader = command.ExecuteReader();
        var names = new List<string>();
        while (reader.Read())
            names.Add(reader.GetString(0));
        return names;
    }

    private static string SuspicionOf(string path) => path + "-suspect";

    private static string SetAside(string path, TimeProvider timeProvider)
    {
        var aside = path + ".damaged-" + timeProvider.GetUtcNow().ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);
        var name = aside;
        for (var number = 2; Path.Exists(name); number++)
            name = $"{aside}-{number}";

        Directory.Move(path, name);
        File.Delete(SuspicionOf(path));
        foreach (var companion in Companions)
        {
            if (File.Exists(path + companion))
                File.Move(path + companion, name + companion);
        }

        return name;
    }

    private sealed class DamagedException(string message) : Exception(message);

    private static partial class Log
    {
        [LoggerMessage(3008, LogLevel.Error, "The damage of the state file {Path} cannot be noted for the next start ({Reason})")]
        public static partial void NotSuspected(ILogger logger, string path, string reason);

        [LoggerMessage(3000, LogLevel.Error, "The state file {Path} is damaged ({Reason}); it is set aside as {Aside} and a new one is begun. Connections have to be entered again.")]
        public static partial void SetAside(ILogger logger, string path, string reason, string aside);
    }
}
