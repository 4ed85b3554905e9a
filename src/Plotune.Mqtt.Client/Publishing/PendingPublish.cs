namespace Plotune.Mqtt.Client.Publishing;

/// <summary>Where a publish stands.</summary>
internal enum PublishStage : byte
{
    /// <summary>Not in flight: it has no packet identifier.</summary>
    Waiting,

    /// <summary>QoS 0, in the write that is going on.</summary>
    Writing,

    /// <summary>PUBLISH was sent in this session; PUBACK or PUBREC is outstanding.</summary>
    Sent,

    /// <summary>PUBREC has come: what is sent from now on is PUBREL.</summary>
    Released,
}

/// <summary>One publish on its way through a <see cref="PublishPipeline"/>, which owns it and uses it again. Belongs to the pipeline's lock.</summary>
internal sealed class PendingPublish
{
    public OutboundPublish Publish { get; set; } = null!;

    public IPublishCompletion Completion { get; set; } = null!;

    /// <summary>The caller's number for it.</summary>
    public long Id { get; set; }

    /// <summary>Its place in the order of all publishes of the pipeline; never used twice.</summary>
    public long Sequence { get; set; }

    /// <summary>When it was given, as a timestamp; only if it can expire.</summary>
    public long GivenAt { get; set; }

    /// <summary>When it was last sent, as a timestamp.</summary>
    public long SentAt { get; set; }

    public PublishStage Stage { get; set; }

    /// <summary>Zero while it is not in flight.</summary>
    public ushort PacketIdentifier { get; set; }

    /// <summary>It was sent on some connection.</summary>
    public bool WasSent { get; set; }

    /// <summary>It was sent on this connection, and takes a place in the broker's quota.</summary>
    public bool IsOutstanding { get; set; }

    /// <summary>Its PUBREL was sent on this connection.</summary>
    public bool IsReleaseSent { get; set; }

    /// <summary>How many connections in a row the broker ended right after it was sent.</summary>
    public int Strikes { get; set; }

    /// <summary>How often the broker said that its packet identifier is in use.</summary>
    public int Collisions { get; set; }

    public PendingPublish? Previous { get; set; }

    public PendingPublish? Next { get; set; }
}
