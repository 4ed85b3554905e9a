namespace Plotune.Mqtt.Agent.Supervision;

/// <summary>What happened to a connection.</summary>
internal enum ConnectionEventKind
{
    /// <summary>Connected for the first time since it was made, enabled or changed.</summary>
    Connected,

    /// <summary>The broker is no longer reached; attempts go on.</summary>
    Lost,

    /// <summary>Since <see cref="Lost"/> something has come up that will hardly pass by itself, such as a certificate that has expired; attempts go on. Once for each reason.</summary>
    Hindered,

    /// <summary>Connected again after <see cref="Lost"/>.</summary>
    Back,

    /// <summary>The broker refuses for good: no attempt until the settings change.</summary>
    Refused,

    /// <summary>SUBACK refused a topic filter.</summary>
    FilterRefused,

    /// <summary>SUBACK granted a topic filter at a lower QoS than asked for.</summary>
    FilterGrantedLower,

    /// <summary>The broker had no session although one was expected: messages may be missing.</summary>
    SessionLost,

    /// <summary>The worker process was lost and is started again.</summary>
    WorkerRestarted,

    /// <summary>A limit was reached.</summary>
    LimitReached,

    /// <summary>Payloads of a topic cannot be decoded.</summary>
    DecodeFailure,

    /// <summary>A stored secret cannot be read any more and has to be entered again.</summary>
    SecretLost,

    /// <summary>The broker keeps a session that no worker uses any more, and could not be told to end it.</summary>
    SessionKept,

    /// <summary>Settings could not be stored; they apply, and storing is tried again.</summary>
    NotStored,

    /// <summary>A variable cannot be bridged.</summary>
    BridgeRefused,

    /// <summary>A bridge does not publish although it should, or its source gave way to another.</summary>
    BridgeTrouble,

    /// <summary>As many messages wait to be published as allowed: some source has to wait, or loses its oldest.</summary>
    QueueFull,

    /// <summary>Messages to publish cannot be stored, so that none are accepted for now, or cannot be read.</summary>
    QueueNotUsable,

    /// <summary>A message can never be published and is kept as a dead letter; at most once a minute.</summary>
    DeadLetter,
}
