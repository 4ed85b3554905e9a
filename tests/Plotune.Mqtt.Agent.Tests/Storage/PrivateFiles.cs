namespace Plotune.Mqtt.Agent.Tests.Storage;

internal static class PrivateFiles
{
    /// <summary>Only their owner can read and write the files. Windows keeps rights elsewhere.</summary>
    public static void AssertPrivate(string[] files)
    {
        if (OperatingSystem.IsWindows())
            return;

        foreach (var file in files)
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
    }
}
