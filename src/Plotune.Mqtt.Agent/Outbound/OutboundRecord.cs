using Plotune.Mqtt.Worker.Ipc;

namespace Plotune.Mqtt.Agent.Outbound;

/// <summary>A stored message that is in memory too. Guarded by the queue's lock.</summary>
/// <param name="id">Its identifier in the state file, greater than that of every message before it in its queue.</param>
internal sealed class OutboundRecord(long id, OutboundShare share, OutboundMessage message, DateTimeOffset accepted)
{
    public long Id => id;

    public OutboundShare Share => share;

    public OutboundMessage Message => message;

    public DateTimeOffset Accepted => accepted;

    public int Bytes { get; } = message.Bytes;

    /// <summary>A worker has it and has not reported what became of it.</summary>
    public bool IsUnderWay { get; set; }

    /// <summary>Some worker had it before.</summary>
    public bool WasSent { get; set; }

    public bool IsExpired(DateTimeOffset now) => message.Expires <= now;

    public PublishRequest ToRequest(DateTimeOffset now) => new(id, message.Topic, message.Payload, message.QualityOfService)
    {
        Retain = message.Retain,
        IsJson = message.IsJson,
        Source = share.Source.Kind,
        ExpirySeconds = message.Expires is { } expires ? (uint)Math.Clamp(Math.Ceiling((expires - now).TotalSeconds), 1, uint.MaxValue) : 0,
    };
}
