namespace Plotune.Mqtt.Agent.Hosting;

/// <summary>How the agent ends, as its caller sees it.</summary>
internal static class ExitCode
{
    /// <summary>Stopped as asked.</summary>
    public const int Stopped = 0;

    public const int UnexpectedFailure = 1;

    /// <summary>Command line, environment or plugin.json; every fault was listed.</summary>
    public const int BadConfiguration = 2;

    /// <summary>Another agent holds the data folder.</summary>
    public const int AlreadyRunning = 3;

    /// <summary>Plotune Core was not reachable at registration, or left three heartbeats in a row unanswered.</summary>
    public const int CoreLost = 4;
}
