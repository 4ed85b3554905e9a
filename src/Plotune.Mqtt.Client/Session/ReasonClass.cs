namespace Plotune.Mqtt.Client.Session;

/// <summary>What a connection does about the reason it ended for.</summary>
internal enum ReasonClass
{
    /// <summary>No failure.</summary>
    Success,

    /// <summary>Tries again, backing off.</summary>
    Retry,

    /// <summary>Tries again after a long time at once: to hurry would only make it worse.</summary>
    RetrySlowly,

    /// <summary>Will fail again until someone changes the settings.</summary>
    Final,
}
