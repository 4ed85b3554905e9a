using Plotune.Mqtt.Client;
using Plotune.Mqtt.Worker.Ingest;
using Plotune.Mqtt.Worker.Ipc;
using Plotune.Mqtt.Worker.Publishing;

namespace Plotune.Mqtt.Worker.Hosting;

/// <summary>What a Start frame begins: checked settings, and what later frames turn to.</summary>
/// <param name="Log">The log that requests for messages read.</param>
/// <param name="Own">The topics the connection publishes to; null if messages on them are taken like any other.</param>
/// <param name="Publisher">Takes messages to publish.</param>
/// <param name="Reports">Where their ends go.</param>
/// <param name="ReadPause">How long messages may gather between reads.</param>
internal sealed record WorkerStart(WorkerSettings Settings, MessageLog Log, OwnTopics? Own, AgentPublisher Publisher, PublishReports Reports, ReadPause ReadPause);
