using Plotune.Mqtt.Agent.Storage;

namespace Plotune.Mqtt.Agent.Demo;

/// <summary>A data folder for one demo, among the temporary files; gone with it. What a demo left behind that was killed, the next one removes.</summary>
internal sealed class DemoFolder : IDisposable
{
    public const string Prefix = "plotune-mqtt-demo-";

    private DemoFolder(string path) => FullPath = path;

    public string FullPath { get; }

    /// <param name="root">Where temporary files go.</param>
    public static DemoFolder Create(string root)
    {
        RemoveLeftovers(root);
        var path = Path.Combine(root, Prefix + Path.GetRandomFileName());
        PrivateFiles.CreateFolder(path);
        return new DemoFolder(path);
    }

    public void Dispose() => Directory.Delete(FullPath, recursive: true);

    /// <summary>The lock in a data folder dies with its process: a folder that can be locked belongs to nobody any more.</summary>
    private static void RemoveLeftovers(string root)
    {
        foreach (var folder in new DirectoryInfo(root).EnumerateDirectories(Prefix + "*"))
        {
            if (folder.LinkTarget is not null || !File.Exists(Path.Combine(folder.FullName, DataFolder.LockFile))) continue;
            try
            {
                DataFolder.Acquire(folder.FullName).Dispose();
                folder.Delete(recursive: true);
            }
            catch (Exception exception) when (exception is DataFolderException or DataFolderInUseException or IOException or UnauthorizedAccessException)
            {
                // Another demo's, or another user's.
            }
        }
    }
}
