using System.Runtime.InteropServices;

namespace Plotune.Mqtt.Client.Receive;

/// <summary>
/// Lets the messages of a fast stream gather for a moment before the next read. A read, the hand-over and whoever it wakes cost as much as many small messages, so that ten
/// thousand messages a second, each taken alone, would cost what a million take together. What comes after a silence, and what awaits an acknowledgement, is read at once.
/// </summary>
/// <remarks>Belongs to the lane's thread, which it holds up; not thread-safe.</remarks>
/// <param name="longest">The most a message is held up.</param>
/// <param name="sleep">Holds the thread up; null for the system's way.</param>
internal sealed partial class ReadPacer(ReadPause longest, TimeProvider timeProvider, Action<TimeSpan>? sleep = null)
{
    /// <summary>A read that took so many messages had no need of a pause.</summary>
    private const int Many = 64;

    /// <summary>The same in bytes. TLS gives no more than some 16 KiB at once, and a pause between two such reads would slow down large messages.</summary>
    private const int ManyBytes = 8 << 10;

    /// <summary>A long pause ends when so many messages should have come: the cost of a read is spread over enough of them, and the next one still is not <see cref="Many"/>.</summary>
    private const int Enough = Many / 2;

    /// <summary>The longest gap between two messages that counts, in pauses: a stream that was silent counts as fast again after some twenty reads.</summary>
    private const int Silence = 40;

    private readonly Action<TimeSpan> _sleep = sleep ?? Sleep;
    private long _lastRead = timeProvider.GetTimestamp();
    private TimeSpan _gap = ReadPause.Shortest * Silence;
    private TimeSpan _gathered;
    private long _woke;
    private int _bytes;

    /// <summary>Sleeps before the next read, if there is reason to; parameters as for <see cref="Next"/>.</summary>
    public void Gather(long messages, bool isAwaited, bool isPublishing)
    {
        TimeSpan pause = Next(messages, isAwaited, isPublishing);
        _gathered = TimeSpan.Zero;
        if (pause == TimeSpan.Zero)
            return;
        _sleep(pause);
        _woke = timeProvider.GetTimestamp();
        // Less if the sleep was interrupted, or the system has none; counted no longer than it was meant, so that no time of arrival is further off.
        _gathered = Shorter(pause, timeProvider.GetElapsedTime(_lastRead, _woke));
    }

    /// <summary>Takes down what the read gave; to be called at its end.</summary>
    /// <param name="bytes">More than zero.</param>
    /// <returns>How much later than its predecessor a byte has come, in microseconds, if they came evenly while they gathered; zero if they came just now.</returns>
    public double Took(int bytes)
    {
        _bytes = bytes;
        // What had to be waited for came after the pause. Not at once, since a transport may need a moment for what is there.
        return _gathered == TimeSpan.Zero || timeProvider.GetElapsedTime(_woke) > _gathered / 2 ? 0 : _gathered.TotalMicroseconds / bytes;
    }

    /// <summary>How long to sleep before the next read.</summary>
    /// <param name="messages">Taken since the last call.</param>
    /// <param name="isAwaited">Whether the broker waits for an acknowledgement of one of them, and may send no more until then.</param>
    /// <param name="isPublishing">Whether messages of ours await the broker's answer, which comes through the same read: then no pause is long.</param>
    internal TimeSpan Next(long messages, bool isAwaited, bool isPublishing)
    {
        if (messages == 0)
            return TimeSpan.Zero;
        TimeSpan pause = isPublishing ? ReadPause.Shortest : longest.Value;
        long now = timeProvider.GetTimestamp();
        TimeSpan gap = timeProvider.GetElapsedTime(_lastRead, now) / messages;
        _lastRead = now;
        _gap += (Shorter(gap, pause * Silence) - _gap) / 4;
        // A stream is fast if two messages come within a pause.
        if (isAwaited || messages >= Many || _bytes >= ManyBytes || _gap > pause / 2)
            return TimeSpan.Zero;
        TimeSpan enough = Shorter(_gap * Enough, pause);
        return enough < ReadPause.Shortest ? ReadPause.Shortest : enough;
    }

    private static TimeSpan Shorter(TimeSpan one, TimeSpan other) => one < other ? one : other;

    /// <summary>Elsewhere than on Linux and macOS not at all, since the system's timers are too coarse.</summary>
    internal static void Sleep(TimeSpan pause)
    {
        if (OperatingSystem.IsLinux() || OperatingSystem.IsMacOS())
            _ = Nanosleep(new Timespec(0, (nint)(pause.Ticks * TimeSpan.NanosecondsPerTick)), 0);
    }

    [LibraryImport("libc", EntryPoint = "nanosleep")]
    private static partial int Nanosleep(in Timespec duration, nint remaining);

    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct Timespec(nint Seconds, nint Nanoseconds);
}
