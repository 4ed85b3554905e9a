namespace Plotune.Mqtt.Client.Session;

/// <summary>What became of the session at CONNACK.</summary>
internal enum SessionOutcome
{
    /// <summary>The first connection, with a new session.</summary>
    First,

    /// <summary>A new session, as it had to be: none is kept. What was sent between the connections is not ours.</summary>
    Clean,

    /// <summary>The broker kept the session.</summary>
    Resumed,

    /// <summary>The broker should have kept the session, and has not.</summary>
    Lost,
}
