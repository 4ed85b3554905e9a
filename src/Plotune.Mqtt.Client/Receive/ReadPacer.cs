using System.Runtime.InteropServices;

namespace Plotune.Mqtt.Client.Receive;

/// <summary>
/// Lets the messages of a fast stream gather for a moment before the next read. A read, the hand-over and whoever it wakes cost as much as many small messages, so that ten
/// thousand messages a second, each taken alone, would cost what a million take together. What comes after a pause, and what awaits an acknowledgement, is read at once.
/// </summary>
/// <remarks>Belongs to the lane's thread, which it holds up; not thread-safe.</remarks>
internal sealed partial class ReadPacer(TimeProvider timeProvider)
{
    /// <summary>The most a message is held up. Short, since a message without a time of its own has the time at which it was read.</summary>
    internal static readonly TimeSpan Pause = TimeSpan.FromMicroseconds(250);

    /// <summary>A read that took so many messages had no need of a pause.</summary>
    private const int Many = 64;

    /// <summary>A stream is fast if two messages come within a pause: from 8,000 a second on.</summary>
    private static readonly TimeSpan FastGap = Pause / 2;

    /// <summary>A stream that was silent counts as fast again after some twenty reads.</summary>
    private static readonly TimeSpan LongestGap = TimeSpan.FromMilliseconds(10);

    private long _lastRead = timeProvider.GetTimestamp();
    private TimeSpan _gap = LongestGap;

    /// <summary>How long to sleep before the next read.</summary>
    /// <param name="messages">Taken since the last call.</param>
    /// <param name="isAwaited">Whether the broker waits for an acknowledgement of one of them, and may send no more until then.</param>
    public TimeSpan Next(long messages, bool isAwaited)
    {
        if (messages == 0)
            return TimeSpan.Zero;
        long now = timeProvider.GetTimestamp();
        TimeSpan gap = timeProvider.GetElapsedTime(_lastRead, now) / messages;
        _lastRead = now;
        _gap += ((gap < LongestGap ? gap : LongestGap) - _gap) / 4;
        return isAwaited || messages >= Many || _gap > FastGap ? TimeSpan.Zero : Pause;
    }

    /// <summary>Sleeps; elsewhere than on Linux and macOS not at all, since the system's timers are too coarse.</summary>
    public static void Sleep(TimeSpan pause)
    {
        if (pause > TimeSpan.Zero && (OperatingSystem.IsLinux() || OperatingSystem.IsMacOS()))
            _ = Nanosleep(new Timespec(0, (nint)(pause.Ticks * TimeSpan.NanosecondsPerTick)), 0);
    }

    [LibraryImport("libc", EntryPoint = "nanosleep")]
    private static partial int Nanosleep(in Timespec duration, nint remaining);

    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct Timespec(nint Seconds, nint Nanoseconds);
}
