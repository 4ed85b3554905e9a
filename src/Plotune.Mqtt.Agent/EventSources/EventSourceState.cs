namespace Plotune.Mqtt.Agent.EventSources;

/// <summary>What an event source is doing.</summary>
internal enum SourceActivity
{
    /// <summary>Switched off.</summary>
    Disabled,

    /// <summary>Connecting for the first time since its settings were changed.</summary>
    Connecting,

    /// <summary>Events are taken as they come.</summary>
    Connected,

    /// <summary>Something is not as it must be; it goes on by itself once that is mended.</summary>
    Waiting,
}

/// <summary>An event source's state at one moment; immutable. Totals count since the agent started or the settings were changed.</summary>
/// <param name="Since">When <paramref name="Activity"/> last changed.</param>
/// <param name="Reason">Why: a sentence a person can act on; empty while all is well.</param>
/// <param name="Pending">Events in the source that are not accepted yet, as last seen.</param>
/// <param name="Accepted">Events stored in the outbound queues.</param>
/// <param name="FilteredOut">Events left out because their type is switched off.</param>
/// <param name="DeadLettered">Events that cannot be published, put aside in the source.</param>
/// <param name="Reconnects">Connections to the source after the first one.</param>
internal sealed record EventSourceState(
    SourceActivity Activity, DateTimeOffset Since, string Reason, long Pending, long Accepted, long FilteredOut, long DeadLettered, long Reconnects, LastFault? LastFault);

/// <summary>The newest event that could not be published.</summary>
/// <param name="Reason">Why, as a sentence.</param>
internal sealed record LastFault(DateTimeOffset Time, string Reason);
