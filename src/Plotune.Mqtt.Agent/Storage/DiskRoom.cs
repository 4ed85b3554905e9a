using Microsoft.Data.Sqlite;

namespace Plotune.Mqtt.Agent.Storage;

/// <summary>
/// Says whether the disk of the state file has room for more. A disk that the file itself filled to the last byte could never be left again: what is removed is written to the log first, and the log
/// cannot be taken over into a file that cannot grow. For the owning task of the database alone.
/// </summary>
internal sealed class DiskRoom(string folder)
{
    /// <summary>Stays free. SQLite takes its log over once that has some 4 MiB, and the file may have to grow by as much then.</summary>
    public const long Reserve = 8 << 20;

    private readonly DriveInfo _drive = new(folder);
    private long? _free;

    /// <param name="state">full, or almost full.</param>
    public static string FullSentence(string folder, string state) => $"The disk of the data folder {folder} is {state}: free some space.";

    /// <summary>A transaction begins: the disk is looked at again, once, when first asked for.</summary>
    public void Begin() => _free = null;

    /// <summary>Rows are written twice, to the log and to the file, unless rows that were deleted left room in it.</summary>
    /// <param name="bytes">All that the transaction adds.</param>
    public bool IsEnoughFor(long bytes, SqliteConnection connection)
    {
        var free = _free ??= Free();
        return free >= Reserve + (2 * bytes)
            || (free >= (Reserve / 2) + bytes && Spare(connection) >= 2 * bytes);
    }

    private long Free()
    {
        try
        {
            return _drive.AvailableFreeSpace;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // What cannot be told is tried.
            return long.MaxValue / 2;
        }
    }

    private static long Spare(SqliteConnection connection) =>
        (long)connection.QueryScalar("PRAGMA freelist_count")! * (long)connection.QueryScalar("PRAGMA page_size")!;
}
