namespace Plotune.Mqtt.Agent.Supervision;

/// <summary>What a connection is doing, as a person sees it.</summary>
internal enum ConnectionActivity
{
    /// <summary>Its worker starts or connects.</summary>
    Connecting,

    /// <summary>Connected and subscribed.</summary>
    Connected,

    /// <summary>Backing off before another attempt, of the worker to connect or of the agent to start the worker.</summary>
    Waiting,

    /// <summary>Will not retry until the settings change.</summary>
    Failed,

    /// <summary>Switched off by its settings.</summary>
    Disabled,
}
