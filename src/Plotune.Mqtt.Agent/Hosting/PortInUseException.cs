namespace Plotune.Mqtt.Agent.Hosting;

/// <summary>The HTTP server cannot listen where it was told to: a fault of the configuration, in words.</summary>
internal sealed class PortInUseException(string message, Exception inner) : Exception(message, inner);
