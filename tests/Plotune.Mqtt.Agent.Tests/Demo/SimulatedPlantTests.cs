using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Plotune.Mqtt.Agent.Demo.Plant;
using Plotune.Mqtt.Client;

namespace Plotune.Mqtt.Agent.Tests.Demo;

public sealed class SimulatedPlantTests
{
    private static readonly DateTimeOffset Begin = new(2026, 1, 1, 8, 0, 0, TimeSpan.Zero);

    [Fact]
    public void The_same_seed_makes_the_same_plant() => Assert.Equal(Day(Plant(7)), Day(Plant(7)));

    [Fact]
    public void Another_seed_makes_another_plant() => Assert.NotEqual(Day(Plant(7)), Day(Plant(8)));

    [Fact]
    public void Every_object_is_JSON_and_every_topic_can_be_published_to()
    {
        foreach (var message in Day(Plant(1)))
        {
            Assert.Null(MqttTopic.NameError(message.Topic));
            if (message.Text.StartsWith('{')) JsonDocument.Parse(message.Text).Dispose();
        }
    }

    [Fact]
    public void Vibration_is_a_hundred_samples_a_second_evenly_spaced()
    {
        var sensor = new VibrationSensor("v", 1);
        var times = Enumerable.Range(1, 20)
            .SelectMany(tick => sensor.Tick(Begin + (sensor.Interval * tick)))
            .Select(message => Read(message).GetProperty("timestamp").GetDouble())
            .ToList();

        Assert.Equal(100, times.Count);
        Assert.All(times.Zip(times.Skip(1)), pair => Assert.Equal(0.01, pair.Second - pair.First, 0.0005));
    }

    [Fact]
    public void A_slow_sensor_stays_within_its_spread_and_says_its_unit()
    {
        var sensor = new SlowSensor("t", "°C", "d", mean: 20, spread: 3, seed: 1);

        var values = Enumerable.Range(1, 5000).Select(tick => Read(Assert.Single(sensor.Tick(Begin + (sensor.Interval * tick))))).ToList();

        Assert.All(values, value => Assert.InRange(value.GetProperty("value").GetDouble(), 17, 23));
        Assert.True(values.Select(value => value.GetProperty("value").GetDouble()).Distinct().Count() > 50);
        Assert.Equal("°C", values[0].GetProperty("unit").GetString());
    }

    [Fact]
    public void A_machine_says_its_nameplate_once_and_retained()
    {
        var nameplates = Machine(600).Where(message => message.Topic == "m/nameplate").ToList();

        Assert.True(Assert.Single(nameplates).Retain);
    }

    [Fact]
    public void The_counters_of_a_machine_only_rise_and_its_ratios_are_ratios()
    {
        var states = Machine(1200).Where(message => message.Topic == "m/state").Select(Read).ToList();

        var parts = states.Select(state => state.GetProperty("parts").GetProperty("good").GetInt32()).ToList();
        Assert.True(parts[^1] > 100);
        Assert.Equal(parts.Order(), parts);
        foreach (var ratio in (string[])["availability", "performance", "quality", "total"])
        {
            Assert.All(states, state => Assert.InRange(state.GetProperty("oee").GetProperty(ratio).GetDouble(), 0, 1));
        }

        Assert.Equal(["running", "setup", "stopped"], states.Select(state => state.GetProperty("state").GetString()).Distinct().Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_machine_that_stops_raises_an_alarm_and_clears_it()
    {
        var alarms = Machine(1200).Where(message => message.Topic == "m/alarm").Select(message => message.Text).ToList();

        Assert.Equal("none", alarms[0]);
        Assert.Contains(alarms, alarm => alarm.StartsWith('E'));
        Assert.All(alarms.Zip(alarms.Skip(1)), pair => Assert.NotEqual(pair.First, pair.Second));
    }

    [Fact]
    public void A_press_works_in_strokes()
    {
        var press = new PressForce("f", 1);
        var forces = Enumerable.Range(0, 400).Select(tick => Read(Assert.Single(press.Tick(Begin + (press.Interval * tick)))).GetProperty("value").GetDouble()).ToList();

        Assert.InRange(forces.Max(), 300, 330);
        Assert.InRange(forces.Min(), 0, 5);
    }

    private static SimulatedPlant Plant(int seed) =>
        new(new BrokerAddress("127.0.0.1", 1), seed, _ => Task.CompletedTask, new FakeTimeProvider(), NullLoggerFactory.Instance);

    private static List<PlantMessage> Day(SimulatedPlant plant) =>
        [.. plant.Devices.SelectMany(device => Enumerable.Range(1, 200).SelectMany(tick => device.Tick(Begin + (device.Interval * tick)).ToList()))];

    private static List<PlantMessage> Machine(int seconds)
    {
        var machine = new MillingMachine("m", "1", 3);
        return [.. Enumerable.Range(1, seconds).SelectMany(second => machine.Tick(Begin.AddSeconds(second)).ToList())];
    }

    private static JsonElement Read(PlantMessage message)
    {
        using var document = JsonDocument.Parse(message.Text);
        return document.RootElement.Clone();
    }
}
