namespace Plotune.Mqtt.Agent.EventSources.Redis;

/// <summary>How long leases live, and how often something is done about them; immutable.</summary>
internal sealed record LeaseTiming
{
    public static readonly LeaseTiming Default = new();

    /// <summary>Life of a lease that is not renewed. (default: 20 s)</summary>
    public TimeSpan Lifetime { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>How often it is renewed; with the time an answer of Redis may take, less than <see cref="Lifetime"/>. (default: 5 s)</summary>
    public TimeSpan Renewal { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How often one that another has is asked for. (default: 3 s)</summary>
    public TimeSpan Retry { get; init; } = TimeSpan.FromSeconds(3);
}
