namespace Plotune.Mqtt.Agent.Supervision;

/// <summary>One worker's state at one moment; immutable.</summary>
/// <param name="ProcessId">Null while no process runs.</param>
/// <param name="Reason">Why: a sentence; empty while all is well.</param>
/// <param name="ClientId">The Client Identifier in use; empty before the first CONNACK.</param>
/// <param name="Received">PUBLISH packets received since the agent started.</param>
internal sealed record WorkerStateView(int? ProcessId, ConnectionActivity Activity, string Reason, string ClientId, long Received, long Restarts)
{
    /// <inheritdoc cref="ConnectionStateView.Status"/>
    public string Status => ConnectionStateView.NameOf(Activity);
}
