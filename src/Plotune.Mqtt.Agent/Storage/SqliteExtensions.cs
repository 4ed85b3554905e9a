using Microsoft.Data.Sqlite;

namespace Plotune.Mqtt.Agent.Storage;

internal static class SqliteExtensions
{
    // SQLITE_IOERR_SHMSIZE: no room for the index beside the write-ahead log.
    private const int SharedMemoryNotGrown = SQLitePCL.raw.SQLITE_IOERR | (19 << 8);

    /// <summary>Runs statements that are constant text; values go through <see cref="Prepare"/>.</summary>
    public static void Execute(this SqliteConnection connection, string sql)
    {
        using var command = connection.Prepare(sql);
        command.ExecuteNonQuery();
    }

    public static object? QueryScalar(this SqliteConnection connection, string sql)
    {
        using var command = connection.Prepare(sql);
        return command.ExecuteScalar();
    }

    public static SqliteCommand Prepare(this SqliteConnection connection, string sql, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        var command = connection.CreateCommand();
#pragma warning disable CA2100 // Only constant statements come here: values are parameters.
        command.CommandText = sql;
#pragma warning restore CA2100
        foreach (var (name, value) in parameters)
            command.Parameters.AddWithValue(name, value ?? DBNull.Value);
        return command;
    }

    public static void Set(this SqliteCommand command, string name, object? value) => command.Parameters[name].Value = value ?? DBNull.Value;

    /// <summary>The file, or the disk under it, is the trouble; not the statement.</summary>
    public static bool IsStorageFailure(this SqliteException exception) =>
        exception.SqliteErrorCode is SQLitePCL.raw.SQLITE_FULL or SQLitePCL.raw.SQLITE_IOERR or SQLitePCL.raw.SQLITE_READONLY or SQLitePCL.raw.SQLITE_PERM
            or SQLitePCL.raw.SQLITE_BUSY or SQLitePCL.raw.SQLITE_LOCKED or SQLitePCL.raw.SQLITE_NOMEM || exception.IsDamage();

    /// <summary>The disk, or the user's share of it, is full.</summary>
    public static bool IsOutOfSpace(this SqliteException exception) =>
        exception.SqliteErrorCode == SQLitePCL.raw.SQLITE_FULL || exception.SqliteExtendedErrorCode == SharedMemoryNotGrown;

    /// <summary>Another process has the file and did not give it free in time.</summary>
    public static bool IsOccupied(this SqliteException exception) => exception.SqliteErrorCode is SQLitePCL.raw.SQLITE_BUSY or SQLitePCL.raw.SQLITE_LOCKED;

    /// <summary>The file cannot be opened or is no sound database.</summary>
    public static bool IsDamage(this SqliteException exception) =>
        exception.SqliteErrorCode is SQLitePCL.raw.SQLITE_CORRUPT or SQLitePCL.raw.SQLITE_NOTADB or SQLitePCL.raw.SQLITE_CANTOPEN or SQLitePCL.raw.SQLITE_FORMAT;
}
