namespace Plotune.Mqtt.Worker;

/// <summary>Why a worker ends.</summary>
/// <param name="Reason">A sentence.</param>
internal sealed record WorkerEnd(int ExitCode, string Reason)
{
    public const int UnexpectedFailure = 1;
    public const int BrokenContract = 2;

    public static readonly WorkerEnd AskedTo = new(0, "The agent asked for it.");
    public static readonly WorkerEnd InputEnded = new(0, "Standard input has ended.");
    public static readonly WorkerEnd AgentGone = new(0, "The agent no longer reads what is written to it.");
    public static readonly WorkerEnd Tested = new(0, "The test is done.");
}
