namespace Plotune.Mqtt.Agent.Supervision;

/// <summary>The words of <see cref="Worker.Ipc.WorkerStatus.State"/>.</summary>
internal static class WorkerStates
{
    public const string Connecting = "connecting";
    public const string Connected = "connected";
    public const string Waiting = "waiting";
    public const string Failed = "failed";
    public const string Stopped = "stopped";
}
