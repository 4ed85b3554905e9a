using Plotune.Mqtt.Client;

namespace Plotune.Mqtt.Agent.Demo.Plant;

/// <summary>
/// A milling machine: its nameplate, retained; its state as nested JSON once a second, with the counters behind an OEE figure; its alarms as text when
/// they come and go.
/// </summary>
internal sealed class MillingMachine(string topic, string serial, int seed) : ISimulatedDevice
{
    private const double PartsPerSecond = 0.5;

    private static readonly string[] Alarms = ["E217 coolant level low", "E104 door open", "E330 tool worn, change it", "E412 air pressure low"];

    private readonly Random _random = new(seed);
    private MachineMode _mode = MachineMode.Running;
    private int _secondsLeft = 25;
    private bool _introduced;
    private string _alarm = "";
    private double _partProgress;
    private int _good;
    private int _rejected;
    private int _seconds;
    private int _secondsRunning;

    public TimeSpan Interval => TimeSpan.FromSeconds(1);

    public IEnumerable<PlantMessage> Tick(DateTimeOffset now)
    {
        if (!_introduced)
        {
            _introduced = true;
            yield return new PlantMessage(
                $"{topic}/nameplate",
                $$"""{"manufacturer":"Example Machines","model":"VMC 850","serial":"{{serial}}","year":2021,"axes":3}""",
                QualityOfService.AtLeastOnce,
                Retain: true);
        }

        if (Advance()) yield return new PlantMessage($"{topic}/alarm", _alarm.Length == 0 ? "none" : _alarm, QualityOfService.AtLeastOnce, Retain: true);
        yield return new PlantMessage($"{topic}/state", State(now), QualityOfService.AtLeastOnce);
    }

    /// <summary>Lives through one second.</summary>
    /// <returns>Whether the alarm changed.</returns>
    private bool Advance()
    {
        _seconds++;
        if (_mode == MachineMode.Running) Produce();
        if (--_secondsLeft > 0) return _seconds == 1;
        var before = _alarm;
        (_mode, _secondsLeft) = _mode switch
        {
            MachineMode.Running when _random.Next(3) == 0 => (MachineMode.Setup, _random.Next(8, 15)),
            MachineMode.Running => (MachineMode.Stopped, _random.Next(5, 12)),
            _ => (MachineMode.Running, _random.Next(20, 45)),
        };
        _alarm = _mode == MachineMode.Stopped ? Alarms[_random.Next(Alarms.Length)] : "";
        return _alarm != before;
    }

    private void Produce()
    {
        _secondsRunning++;
        _partProgress += PartsPerSecond * (0.85 + (0.15 * _random.NextDouble()));
        if (_partProgress < 1) return;
        _partProgress -= 1;
        if (_random.NextDouble() < 0.04) _rejected++;
        else _good++;
    }

    private string State(DateTimeOffset now)
    {
        var parts = _good + _rejected;
        var availability = (double)_secondsRunning / _seconds;
        var performance = _secondsRunning == 0 ? 0 : Math.Min(1, (parts + _partProgress) / (_secondsRunning * PartsPerSecond));
        var quality = parts == 0 ? 1 : (double)_good / parts;
        var runs = _mode == MachineMode.Running;
        var load = runs ? 45 + (20 * _random.NextDouble()) : 0;
        var speed = runs ? 12_000 + (40 * ((2 * _random.NextDouble()) - 1)) : 0;
        return $$$"""
            {"timestamp":{{{PlantText.Time(now)}}},"mode":"{{{(_mode == MachineMode.Setup ? "manual" : "automatic")}}}","state":"{{{_mode.ToString().ToLowerInvariant()}}}",
            "spindle":{"speed":{{{PlantText.Number(speed, 0)}}},"load":{{{PlantText.Number(load, 1)}}},"on":{{{(runs ? "true" : "false")}}}},
            "parts":{"good":{{{_good}}},"rejected":{{{_rejected}}}},
            "oee":{"availability":{{{PlantText.Number(availability, 4)}}},"performance":{{{PlantText.Number(performance, 4)}}},"quality":{{{PlantText.Number(quality, 4)}}},"total":{{{PlantText.Number(availability * performance * quality, 4)}}}}}
            """;
    }
}
