using Plotune.Mqtt.Agent.Storage;
using Plotune.Mqtt.TestSupport;

namespace Plotune.Mqtt.Agent.Tests.Storage;

public sealed class DataFolderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_second_agent_is_told_who_holds_the_folder()
    {
        using var first = DataFolder.Acquire(_folder["data"]);

        var exception = Assert.Throws<DataFolderInUseException>(() => DataFolder.Acquire(_folder["data"]));

        Assert.Equal(Environment.ProcessId, exception.Holder);
        Assert.Contains(_folder["data"], exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_given_back_can_be_taken_again()
    {
        DataFolder.Acquire(_folder["data"]).Dispose();

        using var again = DataFolder.Acquire(_folder["data"]);

        Assert.Equal(_folder["data"], again.FullPath);
    }

    [Fact]
    public void Folder_and_files_are_for_this_user_alone()
    {
        if (OperatingSystem.IsWindows())
            return;

        using var folder = DataFolder.Acquire(_folder["data"]);

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(folder.FullPath));
        PrivateFiles.AssertPrivate(Directory.GetFiles(folder.FullPath));
    }

    [Fact]
    public void A_folder_that_others_use_keeps_its_mode()
    {
        if (OperatingSystem.IsWindows())
            return;

        Directory.CreateDirectory(_folder["shared"]);
        File.WriteAllText(_folder["shared/other"], "");
        var before = File.GetUnixFileMode(_folder["shared"]);

        using var folder = DataFolder.Acquire(_folder["shared"]);

        Assert.Equal(before, File.GetUnixFileMode(_folder["shared"]));
    }

    [Fact]
    public void A_path_that_is_a_file_is_refused_with_a_reason()
    {
        File.WriteAllText(_folder["file"], "");

        var exception = Assert.Throws<DataFolderException>(() => DataFolder.Acquire(_folder["file"]));

        Assert.Contains(DataFolder.EnvironmentVariable, exception.Message, StringComparison.Ordinal);
    }
}
