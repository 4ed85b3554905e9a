using Plotune.Mqtt.Client;

namespace Plotune.Mqtt.Agent.Demo.Plant;

/// <summary>For connections that only publish: nothing is subscribed, and a broker that goes away is found again by the connection itself.</summary>
internal sealed class SilentObserver : IConnectionObserver, IPublishHandler
{
    public static SilentObserver Instance { get; } = new();

    public void StatusChanged(ConnectionStatus status)
    {
    }

    public void SubscriptionRefused(string filter, string reasonName, string reason)
    {
    }

    public void SubscriptionGranted(string filter, QualityOfService granted)
    {
    }

    public void SessionLost()
    {
    }

    public bool OnPublish(in InboundPublish publish) => true;

    public ValueTask HandOverAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;
}
