using Plotune.Mqtt.Agent.Configuration;
using Plotune.Mqtt.Agent.Signals;
using Plotune.Mqtt.Agent.Storage;

namespace Plotune.Mqtt.Agent.Outbound;

/// <summary>What all outbound queues share.</summary>
/// <param name="RoomChanged">Set whenever a queue that was full has room again.</param>
internal sealed record OutboundContext(
    StateDatabase Database, OutboundTable Table, DeadLetterTable DeadLetters, OutboundSources Sources, OutboundLimits Limits, TimeProvider TimeProvider, ILogger Logger, Pulse RoomChanged)
{
    /// <summary>How long to wait before something is tried again that the state file did not take.</summary>
    public static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(1);

    public DateTimeOffset Now => TimeProvider.GetUtcNow();
}
