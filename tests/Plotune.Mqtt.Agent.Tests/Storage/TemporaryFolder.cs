namespace Plotune.Mqtt.Agent.Tests.Storage;

/// <summary>A folder that goes with the test.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("plotune-mqtt-test-").FullName;

    public string this[string name] => System.IO.Path.Combine(Path, name);

    /// <summary>Only their owner can read and write the files. Windows keeps rights elsewhere.</summary>
    public static void AssertPrivate(string[] files)
    {
        if (OperatingSystem.IsWindows())
            return;

        foreach (var file in files)
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
