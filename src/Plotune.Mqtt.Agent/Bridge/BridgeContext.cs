using Plotune.Mqtt.Agent.Outbound;

namespace Plotune.Mqtt.Agent.Bridge;

/// <summary>What all bridges share.</summary>
internal sealed record BridgeContext(
    Producers Producers, IOutboundQueues Queues, HttpMessageInvoker Http, BridgeLimits Limits, TimeProvider TimeProvider, ILogger Logger);
