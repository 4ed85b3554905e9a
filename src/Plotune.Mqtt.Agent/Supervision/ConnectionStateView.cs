using Plotune.Mqtt.Agent.Outbound;
using Plotune.Mqtt.Worker.Ipc;

namespace Plotune.Mqtt.Agent.Supervision;

/// <summary>A connection's state at one moment; immutable. Totals count since the agent started, over all workers, and go on over their restarts.</summary>
internal sealed record ConnectionStateView
{
    public required ConnectionActivity Activity { get; init; }

    /// <summary>The activity in the API's words: connecting, connected, waiting, failed or disabled.</summary>
    public string Status => NameOf(Activity);

    /// <summary>When <see cref="Activity"/> last changed.</summary>
    public required DateTimeOffset Since { get; init; }

    /// <summary>Why: a sentence a person can act on; empty while all is well.</summary>
    public string Reason { get; init; } = "";

    /// <summary>Name of the reason code or local fault, such as <c>NotAuthorized</c>; empty while all is well.</summary>
    public string ReasonName { get; init; } = "";

    /// <summary>Attempts to connect since the connection was last stable; 0 while connected.</summary>
    public int Attempt { get; init; }

    /// <summary>Seconds until the next attempt while waiting, otherwise null.</summary>
    public double? RetryIn { get; init; }

    /// <summary>Process id of the first worker; null while it does not run.</summary>
    public int? WorkerPid { get; init; }

    /// <summary>All workers, in the order of their numbers.</summary>
    public IReadOnlyList<WorkerStateView> Workers { get; init; } = [];

    /// <summary>"5.0" or "3.1.1" once known.</summary>
    public string Protocol { get; init; } = "";

    /// <summary>The Client Identifier in use, an assigned one included.</summary>
    public string ClientId { get; init; } = "";

    /// <inheritdoc cref="WorkerStatus.Reached"/>
    public string Reached { get; init; } = "";

    /// <summary>What became of the topic filters of every worker; a filter may be there more than once.</summary>
    public IReadOnlyList<WorkerSubscription> Subscriptions { get; init; } = [];

    /// <summary>When the newest message came, those on topics of our own left out; null before the first.</summary>
    public DateTimeOffset? LastMessage { get; init; }

    /// <summary>PUBLISH packets received, by all workers together.</summary>
    public long Received { get; init; }

    /// <summary>Bytes read from the broker.</summary>
    public long Bytes { get; init; }

    /// <summary>Samples decoded.</summary>
    public long Samples { get; init; }

    /// <summary>Payloads that could not be decoded.</summary>
    public long DecodeFailures { get; init; }

    /// <summary>The same by reason (not_text, too_deep, too_many_leaves, too_large, not_signed, unknown_algorithm, bad_signature).</summary>
    public IReadOnlyDictionary<string, long> DecodeFailuresByReason { get; init; } = System.Collections.Frozen.FrozenDictionary<string, long>.Empty;

    /// <summary>Signals in the catalog.</summary>
    public int Signals { get; init; }

    /// <summary>Signals refused because of the limit.</summary>
    public long SignalsRefused { get; init; }

    /// <summary>Messages left out because the connection itself publishes to their topics.</summary>
    public long OwnMessages { get; init; }

    /// <summary>Messages published once more after a connection was lost.</summary>
    public long Resent { get; init; }

    /// <summary>Times a worker was lost and started again.</summary>
    public long Restarts { get; init; }

    /// <summary>When a worker was last started again, or lost if that is still to come; null before.</summary>
    public DateTimeOffset? RestartedAt { get; init; }

    /// <summary>Connections to the broker after the first one.</summary>
    public long Reconnects { get; init; }

    /// <summary>When the last of them was made; null before.</summary>
    public DateTimeOffset? ReconnectedAt { get; init; }

    /// <summary>Messages a second over the last two seconds; null where nothing is known, because no worker is connected.</summary>
    public double? Rate { get; init; }

    /// <summary>The same over the last five minutes, for every two seconds, oldest first.</summary>
    public IReadOnlyList<double?> Rates { get; init; } = [];

    /// <summary>What waits to be published, and what became of what was.</summary>
    public OutboundState Outbound { get; init; } = new();

    /// <summary>The newest notices, newest first.</summary>
    public IReadOnlyList<ConnectionNotice> Notices { get; init; } = [];

    public static string NameOf(ConnectionActivity activity) => activity switch
    {
        ConnectionActivity.Connecting => "connecting",
        ConnectionActivity.Connected => "connected",
        ConnectionActivity.Waiting => "waiting",
        ConnectionActivity.Failed => "failed",
        _ => "disabled",
    };
}
