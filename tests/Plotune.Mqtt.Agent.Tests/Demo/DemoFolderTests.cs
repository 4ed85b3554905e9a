using Plotune.Mqtt.Agent.Demo;
using Plotune.Mqtt.Agent.Storage;
using Plotune.Mqtt.TestSupport;

namespace Plotune.Mqtt.Agent.Tests.Demo;

public sealed class DemoFolderTests
{
    [Fact]
    public void Nothing_is_left_behind()
    {
        using var root = new TemporaryFolder();
        using (var folder = DemoFolder.Create(root.Path))
        {
            using var data = DataFolder.Acquire(folder.FullPath);
            File.WriteAllText(Path.Combine(folder.FullPath, "state.db"), "");
        }

        Assert.Empty(Directory.EnumerateFileSystemEntries(root.Path));
    }

    [Fact]
    public void What_a_killed_demo_left_is_removed_and_what_lives_or_is_not_ours_stays()
    {
        using var root = new TemporaryFolder();
        var dead = Path.Combine(root.Path, DemoFolder.Prefix + "dead");
        DataFolder.Acquire(dead).Dispose();
        using var living = DataFolder.Acquire(Path.Combine(root.Path, DemoFolder.Prefix + "living"));
        var foreign = Directory.CreateDirectory(Path.Combine(root.Path, DemoFolder.Prefix + "foreign")).FullName;

        using var folder = DemoFolder.Create(root.Path);

        Assert.False(Directory.Exists(dead));
        Assert.True(Directory.Exists(living.FullPath));
        Assert.True(Directory.Exists(foreign));
    }
}
