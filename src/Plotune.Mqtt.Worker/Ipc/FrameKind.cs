namespace Plotune.Mqtt.Worker.Ipc;

/// <summary>What a frame between agent and worker carries. The same number may mean another thing in the other direction.</summary>
public enum FrameKind : byte
{
    /// <summary>Both ways, first: <see cref="HelloFrame"/>.</summary>
    Hello = 1,

    /// <summary>To the worker, second and once: <see cref="WorkerSettings"/>.</summary>
    Start = 2,

    /// <summary>To the worker: eight bytes of the agent's choice.</summary>
    Ping = 3,

    /// <summary>To the agent: the eight bytes of a <see cref="Ping"/>.</summary>
    Pong = Ping,

    /// <summary>To the worker: <see cref="WorkerTopic"/>[], the whole new list.</summary>
    Subscribe = 4,

    /// <summary>To the worker: <see cref="MessagesRequestFrame"/>, answered by <see cref="Messages"/>.</summary>
    MessagesRequest = 5,

    /// <summary>To the worker: say DISCONNECT and exit.</summary>
    Shutdown = 6,

    /// <summary>To the worker: messages to publish in order, read with <see cref="PublishFrame"/>. Each is answered by a report.</summary>
    Publish = 7,

    /// <summary>To the worker: string[], topics that another worker of the connection publishes to from now on, to be added to <see cref="WorkerSettings.OwnTopics"/>.</summary>
    OwnTopics = 8,

    /// <summary>To the worker: <see cref="PaceFrame"/>, whenever it changes. Before the first, the shortest pause holds.</summary>
    Pace = 9,

    /// <summary>To the agent: <see cref="WorkerStatus"/>.</summary>
    Status = 16,

    /// <summary>To the agent: <see cref="WorkerCounters"/>.</summary>
    Counters = 17,

    /// <summary>To the agent: <see cref="WorkerNotice"/>.</summary>
    Notice = 18,

    /// <summary>To the agent: <see cref="SignalDefinitionFrame"/>; precedes every sample of that signal.</summary>
    SignalDefined = 19,

    /// <summary>To the agent: <see cref="SignalDescriptionFrame"/>.</summary>
    SignalDescribed = 20,

    /// <summary>To the agent: messages with their samples, read with <see cref="SamplesReader"/>.</summary>
    Samples = 21,

    /// <summary>To the agent: <see cref="WorkerMessages"/>.</summary>
    Messages = 22,

    /// <summary>To the agent: <see cref="WorkerTestResult"/>, once, in another mode than <see cref="WorkerMode.Run"/>.</summary>
    TestResult = 23,

    /// <summary>To the agent: <see cref="WorkerHeldTopic"/>[], the whole list the broker's session holds, whenever it changes or may change.</summary>
    HeldTopics = 24,

    /// <summary>To the agent: <see cref="PublishReport"/>s, read with <see cref="PublishReportFrame"/>.</summary>
    Published = 25,

    /// <summary>To the agent: <see cref="WorkerSubscription"/>[], what became of every topic filter that is asked for now, whenever that changes.</summary>
    Subscriptions = 26,
}
