using System.Security.Cryptography;

namespace Plotune.Mqtt.Agent.Supervision;

/// <summary>How long to wait before what was lost is started again: doubling with jitter, up to a maximum, for ever; from the first delay again after a stable run. Not thread-safe.</summary>
internal sealed class RestartPolicy(TimeSpan first, TimeSpan maximum, TimeSpan stableAfter, TimeProvider timeProvider)
{
    private const double Jitter = 0.2;

    private long _started = timeProvider.GetTimestamp();

    /// <summary>Losses in a row.</summary>
    public int Attempt { get; private set; }

    public void Started() => _started = timeProvider.GetTimestamp();

    /// <summary>Takes note of a loss.</summary>
    /// <returns>The delay, between four fifths of the nominal one and the nominal one.</returns>
    public TimeSpan Lost()
    {
        if (timeProvider.GetElapsedTime(_started) >= stableAfter)
            Attempt = 0;

        var nominal = Math.Min(first.TotalSeconds * Math.Pow(2, Math.Min(Attempt, 30)), maximum.TotalSeconds);
        Attempt++;
        return TimeSpan.FromSeconds(nominal * (1 - (Jitter * RandomNumberGenerator.GetInt32(1001) / 1000)));
    }

    /// <summary>A person changed something: start afresh.</summary>
    public void Reset() => Attempt = 0;
}
