namespace Plotune.Mqtt.Worker.Ipc;

/// <summary>What became of one topic filter.</summary>
/// <param name="Filter">As it was asked for, the prefix of a shared subscription included.</param>
/// <param name="Granted">QoS granted, 0 to 2; null if it was not, or if nobody was asked.</param>
/// <param name="Reason">A sentence a person can act on if it was refused; empty otherwise.</param>
public sealed record WorkerSubscription(string Filter, WorkerSubscriptionState State, int? Granted = null, string Reason = "");

/// <summary>What a broker has said to a topic filter.</summary>
public enum WorkerSubscriptionState
{
    /// <summary>Nothing yet.</summary>
    Asked,

    /// <summary>SUBACK granted it.</summary>
    Granted,

    /// <summary>SUBACK refused it, or this broker cannot take it.</summary>
    Refused,

    /// <summary>It was not asked for: the broker's session holds it from an earlier connection.</summary>
    Held,
}
