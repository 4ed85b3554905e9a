namespace Plotune.Mqtt.Benchmarks.Speed;

/// <summary>How much is measured.</summary>
/// <param name="Rounds">Measurements of which the median counts.</param>
/// <param name="Divisor">By what numbers of messages are divided.</param>
/// <param name="Seconds">How long a steady load is watched.</param>
/// <param name="LongLoad">How long a worker is watched under full load, and after it.</param>
/// <param name="Settling">How long processes are left alone before their memory counts.</param>
/// <param name="Viewers">The most viewers.</param>
/// <param name="Topics">The most topics, of which the load needs one for its end.</param>
/// <param name="Connections">The most connections.</param>
internal sealed record SpeedScale(int Rounds, int Divisor, int Seconds, TimeSpan LongLoad, TimeSpan Settling, int Viewers, int Topics, int Connections)
{
    /// <summary>Enough to judge by, in some ten minutes with three rounds.</summary>
    public static SpeedScale Full(int rounds) => new(rounds, 1, 8, TimeSpan.FromMinutes(1), TimeSpan.FromSeconds(5), 1000, 100_000, 50);

    /// <summary>All rows and all checks, as short as can be: shows that the measurement works and that nothing is lost, not how fast it is.</summary>
    public static SpeedScale Smoke => new(1, 100, 1, TimeSpan.FromSeconds(1), TimeSpan.Zero, 20, 1000, 3);
}
