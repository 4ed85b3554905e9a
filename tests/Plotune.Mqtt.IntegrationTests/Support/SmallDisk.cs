using System.Globalization;

namespace Plotune.Mqtt.IntegrationTests.Support;

/// <summary>
/// A file system of a few megabytes in memory, in a mount namespace of its own (unshare, nsenter of util-linux), so that it needs no privilege and vanishes with the test. What is
/// to see it is started through <see cref="Within"/>; the test itself reaches it by <see cref="Seen"/>.
/// </summary>
internal sealed class SmallDisk : IAsyncDisposable
{
    /// <summary>ENOSPC.</summary>
    private const int NoSpaceLeft = 28;

    private readonly CommandProcess _holder;
    private readonly string _folder;

    private SmallDisk(CommandProcess holder, string folder)
    {
        _holder = holder;
        _folder = folder;
    }

    /// <summary>The folder as the test reaches it.</summary>
    public string Seen => $"/proc/{_holder.ProcessId}/root{_folder}";

    /// <summary>Skips the test where the system lets nobody mount anything.</summary>
    public static async Task<SmallDisk> MountAsync(string folder, int megabytes)
    {
        const string ready = "mounted";
        var holder = CommandProcess.Start(
            "unshare",
            ["--map-root-user", "--mount", "sh", "-c", $"mount -t tmpfs -o size={megabytes.ToString(CultureInfo.InvariantCulture)}m tmpfs '{folder}' && echo {ready} && exec sleep infinity"]);
        await Eventually.ThatAsync("the disk is mounted, or cannot be", () => holder.HasExited || holder.Output.Contains(ready, StringComparison.Ordinal));
        if (!holder.HasExited)
            return new SmallDisk(holder, folder);

        await holder.DisposeAsync();
        Assert.Skip($"Nothing can be mounted here: {holder.Output}");
        throw new InvalidOperationException("not reached");
    }

    /// <summary>The same executable, which sees the disk.</summary>
    public Installation Within(Installation installation) => installation with
    {
        Command = "nsenter",
        LeadingArguments = ["--target", _holder.ProcessId.ToString(CultureInfo.InvariantCulture), "--user", "--mount", "--preserve-credentials", $"--wd={installation.Folder}", "--", installation.Command, .. installation.LeadingArguments],
    };

    /// <summary>Fills what is free with a file that <see cref="GiveBack"/> removes.</summary>
    /// <param name="leave">Bytes that stay free; zero fills it to the last block.</param>
    public void TakeAll(int leave = 0)
    {
        using var ballast = new FileStream(Path.Combine(Seen, "ballast"), FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        var block = new byte[4096];
        try
        {
            while (true)
                ballast.Write(block);
        }
        catch (IOException exception) when (exception.HResult == NoSpaceLeft)
        {
            ballast.SetLength(ballast.Length - leave);
        }
    }

    public void GiveBack() => File.Delete(Path.Combine(Seen, "ballast"));

    public ValueTask DisposeAsync() => _holder.DisposeAsync();
}
