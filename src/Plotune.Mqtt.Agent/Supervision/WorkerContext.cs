using Plotune.Mqtt.Agent.Configuration;
using Plotune.Mqtt.Agent.Outbound;
using Plotune.Mqtt.Agent.Signals;
using Plotune.Mqtt.Agent.Storage;
using Plotune.Mqtt.Worker.Ipc;

namespace Plotune.Mqtt.Agent.Supervision;

/// <summary>What all workers are started and supervised with.</summary>
internal sealed record WorkerContext(
    WorkerLauncher Launcher,
    SignalStore Store,
    HeldTopicsKeeper HeldTopics,
    OutboundQueues Outbound,
    OwnTopics OwnTopics,
    WorkerPace Pace,
    AgentLimits Limits,
    WorkerLimits WorkerLimits,
    TimeProvider TimeProvider,
    ILogger Logger);
