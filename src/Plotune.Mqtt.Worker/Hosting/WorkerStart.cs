using Plotune.Mqtt.Worker.Ingest;
using Plotune.Mqtt.Worker.Ipc;

namespace Plotune.Mqtt.Worker.Hosting;

/// <summary>What a Start frame begins: checked settings, and the log that requests for messages read from then on.</summary>
internal sealed record WorkerStart(WorkerSettings Settings, MessageLog Log);
