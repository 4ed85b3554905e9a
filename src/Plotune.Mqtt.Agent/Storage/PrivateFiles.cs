namespace Plotune.Mqtt.Agent.Storage;

/// <summary>Files and folders for this user alone. On Windows the folder's inherited rights are left as they are.</summary>
internal static class PrivateFiles
{
    private const UnixFileMode FileMode600 = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode FolderMode700 = FileMode600 | UnixFileMode.UserExecute;

    /// <summary>Creates the folder if it is not there.</summary>
    public static void CreateFolder(string path)
    {
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(path);
        else
            Directory.CreateDirectory(path, FolderMode700);
    }

    public static void RestrictFolder(string path)
    {
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, FolderMode700);
    }

    public static void RestrictFile(string path)
    {
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, FileMode600);
    }

    /// <summary>Opens or creates the file, from the start with the right mode.</summary>
    public static FileStream Open(string path, FileMode mode, FileAccess access, FileShare share)
    {
        var options = new FileStreamOptions { Mode = mode, Access = access, Share = share };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = FileMode600;

        return new FileStream(path, options);
    }
}
