namespace Plotune.Mqtt.Client;

/// <summary>
/// How long a <see cref="BrokerConnection"/> may let the messages of a fast stream gather between two reads. The shortest suits a process that has the machine to itself; who
/// knows of more lengthens it, since every read of every process costs as much as many small messages. Any thread; holds for the connection that is up and all that follow.
/// </summary>
public sealed class ReadPause
{
    /// <summary>What holds unless another is set: 0.25 ms.</summary>
    public static readonly TimeSpan Shortest = TimeSpan.FromMicroseconds(250);

    /// <summary>10 ms, less than one picture of a screen.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromMilliseconds(10);

    private long _ticks = Shortest.Ticks;

    /// <exception cref="ArgumentOutOfRangeException">Set to less than <see cref="Shortest"/> or more than <see cref="Longest"/>.</exception>
    public TimeSpan Value
    {
        get => new(Volatile.Read(ref _ticks));
        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, Shortest);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, Longest);
            Volatile.Write(ref _ticks, value.Ticks);
        }
    }
}
