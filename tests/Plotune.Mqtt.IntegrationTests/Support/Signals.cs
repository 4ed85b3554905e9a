using System.Runtime.InteropServices;

namespace Plotune.Mqtt.IntegrationTests.Support;

/// <summary>POSIX signals to processes the tests started.</summary>
internal static partial class Signals
{
    public const int Hangup = 1;
    public const int Kill9 = 9;
    public const int Terminate = 15;
    public const int Interrupt = 2;
    public const int Stop = 19;
    public const int Continue = 18;

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    public static partial int Kill(int processId, int signal);
}
