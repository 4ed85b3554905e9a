using System.Security.Cryptography;
using Plotune.Mqtt.Agent.Configuration;

namespace Plotune.Mqtt.Agent.Supervision;

/// <summary>How long to wait before a lost worker is started again: doubling with jitter, up to a maximum, for ever; from the start again after a stable run. Not thread-safe.</summary>
internal sealed class RestartPolicy(AgentLimits limits, TimeProvider timeProvider)
{
    private const double Jitter = 0.2;

    private long _started = timeProvider.GetTimestamp();

    /// <summary>Losses in a row.</summary>
    public int Attempt { get; private set; }

    public void WorkerStarted() => _started = timeProvider.GetTimestamp();

    /// <summary>Takes note of a loss.</summary>
    /// <returns>The delay, between four fifths of the nominal one and the nominal one.</returns>
    public TimeSpan WorkerLost()
    {
        if (timeProvider.GetElapsedTime(_started) >= limits.StableAfter)
            Attempt = 0;

        var nominal = Math.Min(limits.RestartDelay.TotalSeconds * Math.Pow(2, Math.Min(Attempt, 30)), limits.RestartDelayMaximum.TotalSeconds);
        Attempt++;
        return TimeSpan.FromSeconds(nominal * (1 - (Jitter * RandomNumberGenerator.GetInt32(1001) / 1000)));
    }

    /// <summary>A person changed something: start afresh.</summary>
    public void Reset() => Attempt = 0;
}
