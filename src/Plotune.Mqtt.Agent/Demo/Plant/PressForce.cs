namespace Plotune.Mqtt.Agent.Demo.Plant;

/// <summary>Force of a hydraulic press, ten times a second: a stroke every four seconds.</summary>
internal sealed class PressForce(string topic, int seed) : ISimulatedDevice
{
    private const double StrokeSeconds = 4;

    private readonly Random _random = new(seed);

    public TimeSpan Interval => TimeSpan.FromMilliseconds(100);

    public IEnumerable<PlantMessage> Tick(DateTimeOffset now)
    {
        var stroke = (now.ToUnixTimeMilliseconds() / 1000.0 % StrokeSeconds) / StrokeSeconds;
        var force = stroke < 0.35 ? 320 * Math.Sin(Math.PI * stroke / 0.35) : 0;
        force = Math.Max(0, force + (4 * _random.NextDouble()));
        yield return new PlantMessage(topic, $$"""{"value":{{PlantText.Number(force, 1)}},"unit":"kN","timestamp":{{PlantText.Time(now)}}}""");
    }
}
