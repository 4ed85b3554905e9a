namespace Plotune.Mqtt.Agent.Outbound;

/// <summary>The way to a worker that publishes.</summary>
internal interface IPublishLane
{
    /// <summary>Sends the body of a Publish frame, and waits while the worker is behind.</summary>
    /// <returns>False if the worker takes nothing any more.</returns>
    Task<bool> SendAsync(byte[] body, CancellationToken cancellationToken);
}
