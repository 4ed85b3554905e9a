namespace Plotune.Mqtt.Client.Receive;

/// <summary>What the lane promises to the broker and expects from it; the same values that CONNECT carries.</summary>
internal sealed record LaneOptions
{
    /// <summary>Largest packet accepted, in bytes, fixed header included. (default: 1 MiB)</summary>
    public int MaximumPacketSize { get; init; } = 1 << 20;

    /// <summary>QoS 1 and 2 PUBLISH packets that may be unacknowledged at once; enforced in MQTT 5.0. (default: 65,535)</summary>
    public ushort ReceiveMaximum { get; init; } = ushort.MaxValue;

    /// <summary>Topic aliases the broker may set; zero for none. (default: 0)</summary>
    public ushort TopicAliasMaximum { get; init; }

    /// <summary>Keep Alive, written into CONNECT in whole seconds; zero turns it off. A Server Keep Alive takes precedence. (default: 60 s)</summary>
    public TimeSpan KeepAlive { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Whether a normal DISCONNECT ends a session that CONNECT wanted kept; MQTT 5.0. (default: off)</summary>
    public bool EndsSession { get; init; }

    /// <summary>How long the broker may leave a PINGREQ unanswered while nothing comes from it. (default: 15 s)</summary>
    public TimeSpan PingTimeout { get; init; } = TimeSpan.FromSeconds(15);
}
