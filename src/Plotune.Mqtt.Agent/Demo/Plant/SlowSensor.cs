namespace Plotune.Mqtt.Agent.Demo.Plant;

/// <summary>A temperature, pressure or the like: a value object with its unit every two seconds, that drifts around a mean.</summary>
/// <param name="spread">How far it may go from the mean.</param>
internal sealed class SlowSensor(string topic, string unit, string description, double mean, double spread, int seed) : ISimulatedDevice
{
    private readonly Random _random = new(seed);
    private double _offset;

    public TimeSpan Interval => TimeSpan.FromSeconds(2);

    public IEnumerable<PlantMessage> Tick(DateTimeOffset now)
    {
        var step = spread * 0.08 * ((2 * _random.NextDouble()) - 1);
        _offset = Math.Clamp((0.95 * _offset) + step, -spread, spread);
        yield return new PlantMessage(
            topic,
            $$"""{"value":{{PlantText.Number(mean + _offset, 2)}},"unit":"{{unit}}","description":"{{description}}","timestamp":{{PlantText.Time(now)}}}""");
    }
}
