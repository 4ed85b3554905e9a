namespace Plotune.Mqtt.Client;

/// <summary>A message to publish. The bytes of <paramref name="Payload"/> must stay as they are even after a time-out: the message may still be under way.</summary>
/// <param name="Topic">Topic name, without wildcards.</param>
public sealed record OutboundPublish(string Topic, ReadOnlyMemory<byte> Payload, QualityOfService QualityOfService, bool Retain = false)
{
    public MessageProperties Properties { get; init; } = MessageProperties.None;
}

/// <summary>How a publish ended.</summary>
public enum PublishOutcome
{
    /// <summary>PUBACK or PUBCOMP came; at QoS 0 the packet was written to a live connection.</summary>
    Delivered,

    /// <summary>The broker refused it, or it cannot be sent to this broker at all; trying again is pointless.</summary>
    Refused,

    /// <summary>Its <see cref="MessageProperties.Expiry"/> passed before it was ever sent.</summary>
    Expired,

    /// <summary>The caller waits no longer. What was not sent yet is withdrawn; what was sent stays under way, and may or may not arrive.</summary>
    TimedOut,

    /// <summary>There is no connection any more, nor will there be one; what was sent may or may not have arrived.</summary>
    ConnectionLost,
}

/// <summary>The result of one publish.</summary>
/// <param name="ReasonName">Name of the reason code or local fault; empty if delivered.</param>
/// <param name="Reason">A sentence a person can act on; empty if delivered.</param>
public readonly record struct PublishResult(PublishOutcome Outcome, string ReasonName = "", string Reason = "");
