using Plotune.Mqtt.Client;

namespace Plotune.Mqtt.Worker.Ipc;

/// <summary>What a worker is for.</summary>
public enum WorkerMode
{
    /// <summary>Stay connected and deliver samples.</summary>
    Run,

    /// <summary>Connect and subscribe once, report a <see cref="WorkerTestResult"/>, disconnect and exit.</summary>
    Test,

    /// <summary>
    /// Connect once with a clean session under the Client Identifier itself, so that the broker drops the session it keeps for it; report a
    /// <see cref="WorkerTestResult"/>, disconnect and exit.
    /// </summary>
    EndSession,
}

/// <summary>Everything a worker needs to know; holds secrets, so it travels over standard input only and prints without them.</summary>
/// <remarks>Members are settable since the JSON source generator gives an <c>init</c> member that is missing null or zero instead of its default.</remarks>
public sealed record WorkerSettings
{
    /// <summary>The connection's name, for logs.</summary>
    public required string Name { get; set; }

    public WorkerMode Mode { get; set; }

    public required string Host { get; set; }

    public required int Port { get; set; }

    public BrokerTransport Transport { get; set; }

    /// <summary>Request path of a WebSocket. (default: /mqtt)</summary>
    public string Path { get; set; } = "/mqtt";

    public WorkerHeader[] Headers { get; set; } = [];

    public WorkerTls Tls { get; set; } = new();

    public WorkerProxy? Proxy { get; set; }

    public WorkerWill? Will { get; set; }

    /// <summary>Whether a permanent redirection is followed. (default: off)</summary>
    public bool FollowRedirect { get; set; }

    /// <summary>
    /// Which part of the topics this worker decodes, from 0, and of how many parts, 64 at most: a topic belongs to part (hash of its name) modulo
    /// <see cref="Parts"/>. Messages of other parts are acknowledged and left to the other workers of the connection: no samples, no entry in the message
    /// log, not counted. Each worker needs a client identifier of its own. (default: 0 of 1, all)
    /// </summary>
    public int Part { get; set; }

    /// <inheritdoc cref="Part"/>
    public int Parts { get; set; } = 1;

    /// <summary>What the broker's session is known to hold from earlier runs.</summary>
    public WorkerHeldTopic[] HeldTopics { get; set; } = [];

    /// <summary>"auto", "3.1.1" or "5.0". (default: auto)</summary>
    public string Protocol { get; set; } = "auto";

    /// <summary>Client Identifier; empty lets the broker assign one. (default: empty)</summary>
    public string ClientId { get; set; } = "";

    public string? UserName { get; set; }

    public string? Password { get; set; }

    /// <summary>Clean Start or Clean Session of the first CONNECT. (default: on)</summary>
    public bool CleanSession { get; set; } = true;

    /// <summary>Session Expiry Interval; 4,294,967,295 never ends (MQTT 5.0, 3.1.2.11.2). (default: 0)</summary>
    public uint SessionExpirySeconds { get; set; }

    /// <summary>Keep Alive; zero turns it off. (default: 60)</summary>
    public int KeepAliveSeconds { get; set; } = 60;

    public WorkerTopic[] Topics { get; set; } = [];

    /// <summary>Secret that outgoing messages and the Will are signed with; null sends them unsigned. (default: null)</summary>
    public string? SigningSecret { get; set; }

    /// <summary>Secret that incoming messages must be signed with: others are decode failures. Null takes them as they are. (default: null)</summary>
    public string? VerifySecret { get; set; }

    /// <summary>Whether messages on topics that the connection itself publishes to are decoded like any other, instead of being left out and counted. (default: off)</summary>
    public bool TakeOwnMessages { get; set; }

    /// <summary>
    /// Topics that earlier workers, or other workers, of the connection are known to have published to. Those this worker publishes to are added by itself, those of
    /// others by <see cref="FrameKind.OwnTopics"/>.
    /// </summary>
    public string[] OwnTopics { get; set; } = [];

    public WorkerLimits Limits { get; set; } = new();

    public override string ToString() => $"{nameof(WorkerSettings)} {{ Name = {Name}, Mode = {Mode}, Host = {Host}, Port = {Port} }}";
}
