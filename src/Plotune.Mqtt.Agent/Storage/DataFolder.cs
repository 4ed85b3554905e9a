using System.Globalization;

namespace Plotune.Mqtt.Agent.Storage;

/// <summary>The folder that holds everything that survives a restart, locked for this process until disposed or until the process ends, however it ends.</summary>
internal sealed class DataFolder : IDisposable
{
    /// <summary>Names the folder.</summary>
    public const string EnvironmentVariable = "PLOTUNE_MQTT_DATA";

    internal const string LockFile = "agent.lock";

    private const string HolderFile = "agent.pid";
    private const string DatabaseFile = "state.db";

    private readonly FileStream _lock;

    private DataFolder(string path, FileStream lockStream)
    {
        FullPath = path;
        _lock = lockStream;
    }

    public string FullPath { get; }

    /// <summary>The SQLite file.</summary>
    public string DatabasePath => Path.Combine(FullPath, DatabaseFile);

    /// <summary>Keys of Data Protection.</summary>
    public string KeysPath => Path.Combine(FullPath, "keys");

    public string LogsPath => Path.Combine(FullPath, "logs");

    /// <summary>What <see cref="EnvironmentVariable"/> says, or <c>plotune-mqtt</c> in the user's local application data.</summary>
    /// <exception cref="DataFolderException">Neither is known.</exception>
    public static string Locate()
    {
        if (Environment.GetEnvironmentVariable(EnvironmentVariable) is { Length: > 0 } named)
            return Path.GetFullPath(named);

        var local = Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify);
        return local.Length > 0
            ? Path.Combine(local, "plotune-mqtt")
            : throw new DataFolderException($"This user has no folder for application data; name one in {EnvironmentVariable}.");
    }

    /// <summary>Creates the folder if need be and locks it.</summary>
    /// <exception cref="DataFolderInUseException">Another process holds it.</exception>
    /// <exception cref="DataFolderException">It cannot be created or written.</exception>
    public static DataFolder Acquire(string path)
    {
        try
        {
            Prepare(path);
            return new DataFolder(path, Lock(path));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new DataFolderException($"The data folder '{path}' cannot be used: {exception.Message} Name another one in {EnvironmentVariable}.", exception);
        }
    }

    public void Dispose() => _lock.Dispose();

    private static void Prepare(string path)
    {
        if (!Directory.Exists(path))
            PrivateFiles.CreateFolder(path);
        else if (File.Exists(Path.Combine(path, LockFile)) || !Directory.EnumerateFileSystemEntries(path).Any())
            PrivateFiles.RestrictFolder(path);

        // A folder that others had put files into before keeps its mode: it may be shared on purpose. Our files are private in any case.
    }

    private static FileStream Lock(string path)
    {
        var lockPath = Path.Combine(path, LockFile);
        FileStream stream;
        try
        {
            stream = PrivateFiles.Open(lockPath, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException) when (File.Exists(lockPath))
        {
            throw new DataFolderInUseException(path, ReadHolder(path));
        }

        WriteHolder(path);
        return stream;
    }

    // A file of its own, since the locked one cannot be read by others everywhere.
    private static void WriteHolder(string path)
    {
        using var stream = PrivateFiles.Open(Path.Combine(path, HolderFile), FileMode.Create, FileAccess.Write, FileShare.Read);
        using var writer = new StreamWriter(stream);
        writer.Write(Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
    }

    private static int? ReadHolder(string path)
    {
        try
        {
            return int.TryParse(File.ReadAllText(Path.Combine(path, HolderFile)), CultureInfo.InvariantCulture, out var holder) ? holder : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Knowing who it is only helps the message.
            return null;
        }
    }
}
