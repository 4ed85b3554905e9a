namespace Plotune.Mqtt.Client.Publishing;

/// <summary>What the end of a connection meant for publishing.</summary>
/// <param name="WasOutstanding">A PUBLISH was not answered yet.</param>
/// <param name="FoundCulprit">The message that ended the connection was found, and is refused.</param>
internal readonly record struct SuspendOutcome(bool WasOutstanding, bool FoundCulprit);
