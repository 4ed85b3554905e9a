using System.IO.Pipes;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Plotune.Mqtt.Worker.Hosting;

/// <summary>Makes room in the pipe to the agent, so that a worker need not wait for a reader that is busy for a moment.</summary>
internal static partial class OutputPipe
{
    /// <summary>What Linux allows a pipe of an ordinary user.</summary>
    public const int Capacity = 1 << 20;

    private const int SetPipeSize = 1031; // F_SETPIPE_SZ

    /// <summary>Enlarges the pipe, if the stream is one and the system has such a call.</summary>
    /// <returns>The capacity in bytes now; -1 if it was left as it was.</returns>
    public static int TryEnlarge(Stream output)
    {
        SafeHandle? handle = output switch
        {
            FileStream file => file.SafeFileHandle,
            PipeStream pipe => pipe.SafePipeHandle,
            _ => null,
        };
        return handle is SafeHandleZeroOrMinusOneIsInvalid && OperatingSystem.IsLinux() ? Fcntl(handle, SetPipeSize, Capacity) : -1;
    }

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static partial int Fcntl(SafeHandle descriptor, int command, int argument);
}
