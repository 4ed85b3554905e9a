namespace Plotune.Mqtt.Worker.Ipc;

/// <summary>The newest messages of the connection, in and out, newest first.</summary>
public sealed record WorkerMessages(uint RequestId, WorkerMessage[] Messages);

/// <summary>One logged message.</summary>
public sealed record WorkerMessage
{
    /// <summary>The values of <see cref="Direction"/>: from the broker, or to it.</summary>
    public const string In = "in";

    /// <inheritdoc cref="In"/>
    public const string Out = "out";

    public required string Direction { get; init; }

    /// <summary>How many messages this worker has logged before; in the order of the log, and never the same for two.</summary>
    public long Sequence { get; init; }

    /// <summary>What wanted a message to the broker to be published.</summary>
    public PublishSource Source { get; init; }

    /// <summary>When it came; of a message to the broker, when it was acknowledged, refused, or at QoS 0 written. Seconds since 1970.</summary>
    public required double Time { get; init; }

    public required string Topic { get; init; }

    public int Qos { get; init; }

    public bool Retained { get; init; }

    /// <summary>The payload, if it is text.</summary>
    public string? Text { get; init; }

    /// <summary>The payload in hexadecimal digits, if it is not text.</summary>
    public string? Hex { get; init; }

    /// <summary>Length of the whole payload.</summary>
    public int PayloadBytes { get; init; }

    /// <summary>The payload shown is only the start of the whole.</summary>
    public bool Cut { get; init; }

    /// <summary>Why the payload was not decoded, or not published; null if it was.</summary>
    public string? Failure { get; init; }
}
