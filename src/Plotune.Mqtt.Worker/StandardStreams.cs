using Microsoft.Win32.SafeHandles;

namespace Plotune.Mqtt.Worker;

/// <summary>The streams of a worker process. Take both once, before anything else touches the console.</summary>
public static class StandardStreams
{
    /// <summary>Standard input without a buffer.</summary>
    public static Stream OpenInput() => OperatingSystem.IsWindows() ? Console.OpenStandardInput() : Open(0, FileAccess.Read);

    /// <summary>
    /// Standard output without a buffer; from now on <see cref="Console.Out"/> writes to standard error, since a stray line would break the framing.
    /// A write throws when the reader is gone. The stream of <see cref="Console.OpenStandardOutput()"/> drops the bytes silently then, and messages
    /// would be acknowledged to the broker that no agent has got.
    /// </summary>
    public static Stream OpenOutput()
    {
        Console.SetOut(Console.Error);
        return OperatingSystem.IsWindows() ? Console.OpenStandardOutput() : Open(1, FileAccess.Write);
    }

    private static FileStream Open(int descriptor, FileAccess access) =>
        new(new SafeFileHandle(descriptor, ownsHandle: false), access, bufferSize: 0, isAsync: false);
}
