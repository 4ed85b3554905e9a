namespace Plotune.Mqtt.Agent.Supervision;

/// <summary>A worker process could not even be started.</summary>
internal sealed class WorkerStartException(string fileName, Exception? innerException)
    : Exception($"The worker '{fileName}' cannot be started: {innerException?.Message ?? "no process came of it"}", innerException);
