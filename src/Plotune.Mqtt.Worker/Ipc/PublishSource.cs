namespace Plotune.Mqtt.Worker.Ipc;

/// <summary>What wants a message to be published; a worker only passes it on to its message log.</summary>
public enum PublishSource : byte
{
    /// <summary>Not known any more.</summary>
    Unknown,

    /// <summary>A person or a script, by HTTP.</summary>
    Api,

    /// <summary>A bridged variable.</summary>
    Bridge,

    /// <summary>An event out of Redis.</summary>
    Redis,
}
