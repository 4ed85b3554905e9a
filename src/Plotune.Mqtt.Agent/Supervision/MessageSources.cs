using Plotune.Mqtt.Worker.Ipc;

namespace Plotune.Mqtt.Agent.Supervision;

/// <summary>What brings messages, in the API's words.</summary>
internal static class MessageSources
{
    /// <summary>A broker.</summary>
    public const string Mqtt = "mqtt";

    /// <summary>A bridged variable.</summary>
    public const string Bridge = "bridge";

    /// <summary>An event out of Redis.</summary>
    public const string Redis = "redis";

    /// <summary>A person or a script, by HTTP.</summary>
    public const string Api = "api";

    /// <summary>The outbound queue, which no longer knows who gave the message: its file was damaged.</summary>
    public const string Queue = "queue";

    public static readonly IReadOnlyList<string> All = [Mqtt, Bridge, Redis, Api, Queue];

    public static string Of(WorkerMessage message) => message.Direction == WorkerMessage.In
        ? Mqtt
        : message.Source switch
        {
            PublishSource.Api => Api,
            PublishSource.Bridge => Bridge,
            PublishSource.Redis => Redis,
            _ => Queue,
        };
}
