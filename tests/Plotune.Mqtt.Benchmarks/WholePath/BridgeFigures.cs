namespace Plotune.Mqtt.Benchmarks.WholePath;

/// <summary>What <see cref="BridgePathBenchmark"/> has measured; medians of its rounds.</summary>
/// <param name="Yardstick">Messages a second that mosquitto_pub gets to the subscriber.</param>
/// <param name="Published">Samples a second that the bridges get there.</param>
/// <param name="Accepted">Samples a second that the queue takes while the broker is away.</param>
/// <param name="Median">Milliseconds from a source's frame to the subscriber at a steady rate.</param>
/// <param name="High">The same, 99th percentile.</param>
/// <param name="Longest">The same, the longest.</param>
internal sealed record BridgeFigures(double Yardstick, double Published, double Accepted, double Median, double High, double Longest);
