namespace Plotune.Mqtt.Client.Receive;

/// <summary>
/// Sends PINGREQ when nothing else was sent for the Keep Alive (MQTT 5.0, 3.1.2.10), however long the lane is held back, and finds out that the
/// broker is gone. A PINGRESP can wait behind data nobody has read yet; so only time counts in which the lane was reading and nothing came.
/// </summary>
internal sealed class KeepAliveMonitor(PacketSender sender, ControlWriter writer, TimeSpan pingTimeout, TimeProvider timeProvider)
{
    private static readonly TimeSpan LongestLead = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan ShortestWait = TimeSpan.FromMilliseconds(1);
    private static readonly byte[] PingReq = [(byte)PacketType.PingReq << 4, 0];

    /// <summary>How many ping time-outs a broker may be silent for in all, counting the longer pauses, before it must have sent PINGRESP.</summary>
    private const int SilenceFactor = 4;

    /// <summary>The part of the ping time-out from which a pause in the incoming data counts as silence; shorter ones are those of a slow line.</summary>
    private const int PauseDivisor = 15;

    private const int ChecksPerTimeout = 8;

    // Timestamps of the time provider; zero stands for none.
    private long _readingSince;
    private long _pingSince;
    private long _silenceTicks;

    // These belong to RunAsync.
    private long _lastPing;
    private long _pingMark;
    private long _pingWrittenSince;

    /// <summary>The lane waits for bytes.</summary>
    public bool IsReading => Volatile.Read(ref _readingSince) != 0;

    /// <summary>The lane begins to wait for bytes.</summary>
    public void ReadBegins() => Volatile.Write(ref _readingSince, timeProvider.GetTimestamp());

    /// <summary>Bytes have come, or the connection has ended.</summary>
    public void ReadEnds()
    {
        long readingSince = Volatile.Read(ref _readingSince);
        long pingSince = Volatile.Read(ref _pingSince);
        Volatile.Write(ref _readingSince, 0);
        if (pingSince == 0)
            return;
        TimeSpan pause = timeProvider.GetElapsedTime(Math.Max(readingSince, pingSince));
        if (pause >= pingTimeout / PauseDivisor)
            Interlocked.Add(ref _silenceTicks, pause.Ticks);
    }

    /// <summary>PINGRESP has come.</summary>
    public void PingAnswered() => Volatile.Write(ref _pingSince, 0);

    /// <summary>Runs until cancelled, or until the broker counts as gone.</summary>
    /// <param name="keepAlive">The Keep Alive in force, not zero.</param>
    /// <exception cref="MqttTimeoutException">The broker counts as gone.</exception>
    public async Task RunAsync(TimeSpan keepAlive, CancellationToken cancellationToken)
    {
        TimeSpan interval = keepAlive - TimeSpan.FromTicks(Math.Min(keepAlive.Ticks / 4, LongestLead.Ticks));
        while (true)
        {
            TimeSpan wait = interval - timeProvider.GetElapsedTime(Math.Max(sender.LastSend, _lastPing));
            if (wait <= TimeSpan.Zero)
            {
                Ping();
                wait = interval;
            }
            if (Volatile.Read(ref _pingSince) is var pingSince and not 0)
                wait = Shorter(wait, CheckPing(pingSince, keepAlive));
            await Task.Delay(wait < ShortestWait ? ShortestWait : wait, timeProvider, cancellationToken).ConfigureAwait(false);
        }
    }

    private void Ping()
    {
        _lastPing = timeProvider.GetTimestamp();
        bool isFirst = Volatile.Read(ref _pingSince) == 0;
        if (isFirst)
        {
            Interlocked.Exchange(ref _silenceTicks, 0);
            _pingWrittenSince = 0;
            Volatile.Write(ref _pingSince, _lastPing);
        }
        long mark = writer.Enqueue(PingReq);
        if (isFirst)
            _pingMark = mark;
    }

    /// <returns>When to look again.</returns>
    private TimeSpan CheckPing(long pingSince, TimeSpan keepAlive)
    {
        if (_pingWrittenSince == 0 && writer.Written >= _pingMark)
            _pingWrittenSince = timeProvider.GetTimestamp();
        // A PINGREQ still waits for a large packet of ours on a slow line, or for ever.
        bool isWritten = _pingWrittenSince != 0;
        TimeSpan limit = isWritten ? pingTimeout : pingTimeout + keepAlive;
        TimeSpan step = pingTimeout / ChecksPerTimeout;
        long readingSince = Volatile.Read(ref _readingSince);
        if (readingSince == 0)
            return step;

        TimeSpan pause = timeProvider.GetElapsedTime(Math.Max(readingSince, isWritten ? _pingWrittenSince : pingSince));
        TimeSpan silence = pause + TimeSpan.FromTicks(Interlocked.Read(ref _silenceTicks));
        if (pause >= limit)
            throw new MqttTimeoutException($"The broker has sent nothing, not even PINGRESP, for {pause.TotalSeconds:0.#} s; the connection is half-open.");
        if (silence >= limit * SilenceFactor)
            throw new MqttTimeoutException("The broker sends, but has not answered PINGREQ for a long time in which nothing was waiting to be read.");
        return Shorter(step, limit - pause);
    }

    private static TimeSpan Shorter(TimeSpan one, TimeSpan other) => one < other ? one : other;
}
