namespace Plotune.Mqtt.Worker.Ipc;

/// <summary>One topic filter and the QoS (0 to 2) asked for.</summary>
public sealed record WorkerTopic(string Filter, int Qos);
