namespace Plotune.Mqtt.Agent.Demo.Plant;

/// <summary>Something that measures. What it says depends on its seed and on the times it is asked for alone.</summary>
internal interface ISimulatedDevice
{
    /// <summary>Time between two looks at it.</summary>
    TimeSpan Interval { get; }

    /// <summary>What it publishes at <paramref name="now"/>, oldest first. Called once per <see cref="Interval"/>, with times that rise.</summary>
    IEnumerable<PlantMessage> Tick(DateTimeOffset now);
}
