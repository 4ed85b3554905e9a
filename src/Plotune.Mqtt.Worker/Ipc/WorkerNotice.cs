namespace Plotune.Mqtt.Worker.Ipc;

/// <summary>Something a person should know; once per episode, never per message.</summary>
/// <param name="Kind">One of <see cref="WorkerNoticeKinds"/>.</param>
/// <param name="Subject">The topic filter or topic it is about; empty if about the connection.</param>
/// <param name="Text">A sentence.</param>
public sealed record WorkerNotice(string Kind, string Subject, string Text);

/// <summary>The values of <see cref="WorkerNotice.Kind"/>.</summary>
public static class WorkerNoticeKinds
{
    public const string FilterRefused = "filter_refused";
    public const string FilterGrantedLower = "filter_granted_lower";
    public const string SessionLost = "session_lost";
    public const string SignalLimit = "signal_limit";
    public const string DecodeFailure = "decode_failure";
}
