namespace Plotune.Mqtt.Agent.Demo.Plant;

/// <summary>
/// Acceleration of a spindle bearing in three axes: 100 samples a second, sent five at a time, each a message with its own time. The shaft's frequency
/// wanders; an imbalance makes itself felt every now and then.
/// </summary>
internal sealed class VibrationSensor(string topic, int seed) : ISimulatedDevice
{
    private const int SamplesPerTick = 5;
    private const double ShaftHertz = 7.0;

    private static readonly TimeSpan SampleInterval = TimeSpan.FromMilliseconds(10);

    private readonly Random _random = new(seed);
    private double _phase;

    public TimeSpan Interval => SampleInterval * SamplesPerTick;

    public IEnumerable<PlantMessage> Tick(DateTimeOffset now)
    {
        for (var sample = SamplesPerTick - 1; sample >= 0; sample--)
        {
            var time = now - (SampleInterval * sample);
            var seconds = time.ToUnixTimeMilliseconds() / 1000.0;
            var imbalance = 1 + (2.5 * Math.Pow(Math.Max(0, Math.Sin(2 * Math.PI * seconds / 40)), 8));
            _phase += 2 * Math.PI * (ShaftHertz + (0.4 * Math.Sin(seconds / 11))) * SampleInterval.TotalSeconds;
            var x = (imbalance * 0.8 * Math.Sin(_phase)) + Noise(0.05);
            var y = (imbalance * 0.6 * Math.Cos(_phase)) + (0.2 * Math.Sin(3 * _phase)) + Noise(0.05);
            var z = 9.81 + (0.15 * Math.Sin(2 * _phase)) + Noise(0.03);
            yield return new PlantMessage(
                topic,
                $$"""{"timestamp":{{PlantText.Time(time)}},"x":{{PlantText.Number(x, 4)}},"y":{{PlantText.Number(y, 4)}},"z":{{PlantText.Number(z, 4)}}}""");
        }
    }

    private double Noise(double amplitude) => amplitude * ((2 * _random.NextDouble()) - 1);
}
