namespace Plotune.Mqtt.Agent.Bridge;

/// <summary>A bridged variable: what is fetched from where, and how much of it is published. Immutable.</summary>
/// <param name="Name">Unique among bridges: the variable's name, and the last level of its topic.</param>
internal sealed record BridgeConfig(string Name, BridgeSource Source)
{
    public BridgeOptions Options { get; init; } = BridgeOptions.None;
}

/// <summary>What of a variable is held back.</summary>
/// <param name="SamplesPerSecond">At most so many samples are published a second, the newest counts; 0 is no limit.</param>
/// <param name="DeadBand">A number that differs from the last one published by less is not published; 0 publishes all.</param>
internal sealed record BridgeOptions(double SamplesPerSecond, double DeadBand)
{
    public const double MaximumSamplesPerSecond = 1_000_000;

    /// <summary>Everything is published.</summary>
    public static readonly BridgeOptions None = new(0, 0);
}
