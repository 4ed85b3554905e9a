namespace Plotune.Mqtt.Agent.Supervision;

/// <summary>How a worker ended.</summary>
/// <param name="Reason">A sentence.</param>
/// <param name="Code">Exit code; 128 and the signal if it was killed by one; null if the process could not be waited for.</param>
/// <param name="LastLines">The newest lines of its standard error.</param>
internal sealed record WorkerExit(string Reason, int? Code, IReadOnlyList<string> LastLines);
