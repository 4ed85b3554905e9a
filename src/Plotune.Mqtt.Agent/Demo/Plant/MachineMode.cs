namespace Plotune.Mqtt.Agent.Demo.Plant;

/// <summary>What a <see cref="MillingMachine"/> is doing.</summary>
internal enum MachineMode
{
    Running,
    Setup,
    Stopped,
}
