namespace Plotune.Mqtt.Worker.Ipc;

/// <summary>What became of one <see cref="PublishRequest"/>. A request without a report is still being delivered: the worker sends it again after a reconnect by itself.</summary>
/// <param name="Id">That of the request.</param>
/// <param name="RefusalName">Name of the reason code or local fault, if it can never be delivered; null if it was: acknowledged, or at QoS 0 written to a live connection.</param>
/// <param name="Refusal">The same as a sentence; empty if delivered.</param>
public readonly record struct PublishReport(long Id, string? RefusalName = null, string Refusal = "")
{
    /// <summary>The <see cref="RefusalName"/> of a message whose time was over before there was a connection to send it on: no fault of anybody.</summary>
    public const string Expired = "MessageExpired";

    public bool IsDelivered => RefusalName is null;

    public bool IsExpired => RefusalName == Expired;
}
