using Plotune.Mqtt.Agent.Configuration;

namespace Plotune.Mqtt.Agent.Outbound;

/// <summary>How full a queue is. Not thread-safe.</summary>
internal sealed class OutboundRoom(OutboundLimits limits)
{
    private const int RoomAgain = 32;
    private const int MostDroppedAtOnce = 512;

    private long _wantedRecords;
    private long _wantedBytes;

    public long Records { get; private set; }

    public long Bytes { get; private set; }

    /// <summary>Something found no room, and there is not yet enough for it to be worth another try.</summary>
    public bool IsFull { get; private set; }

    /// <summary>An empty queue takes messages of any size, or they would wait for ever.</summary>
    public bool Fits(long records, long bytes) => Records == 0 || ShortageOf(records, bytes).IsMet;

    public Shortage ShortageOf(long records, long bytes) => new(Records + records - limits.MaximumRecords, Bytes + bytes - limits.MaximumBytes);

    /// <summary>A shortage with so much on top that what follows, sample by sample, finds room without a search each time.</summary>
    public Shortage Widen(Shortage shortage) => shortage with { Records = Math.Max(shortage.Records, Math.Clamp(limits.MaximumRecords / 64, 1, MostDroppedAtOnce)) };

    public void Add(long records, long bytes)
    {
        Records += records;
        Bytes += bytes;
    }

    /// <summary>Messages are done with.</summary>
    /// <returns>True if there was no room before, and is now.</returns>
    public bool Free(long records, long bytes)
    {
        Add(-records, -bytes);
        if (!IsFull || !HasRoomAgain)
            return false;

        IsFull = false;
        return true;
    }

    /// <summary>Messages found no room.</summary>
    /// <returns>True if that is news.</returns>
    public bool Refuse(long records, long bytes)
    {
        var isNews = !IsFull;
        _wantedRecords = isNews ? records : Math.Max(_wantedRecords, records);
        _wantedBytes = isNews ? bytes : Math.Max(_wantedBytes, bytes);
        IsFull = true;
        return isNews;
    }

    private bool HasRoomAgain => Records == 0
        || (Records + Math.Max(_wantedRecords, limits.MaximumRecords / RoomAgain) <= limits.MaximumRecords
            && Bytes + Math.Max(_wantedBytes, limits.MaximumBytes / RoomAgain) <= limits.MaximumBytes);
}
