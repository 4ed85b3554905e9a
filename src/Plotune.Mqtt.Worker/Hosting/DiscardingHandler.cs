using Plotune.Mqtt.Client;

namespace Plotune.Mqtt.Worker.Hosting;

/// <summary>Takes the messages of a connection that is only a test, whose session nobody continues.</summary>
internal sealed class DiscardingHandler : IPublishHandler
{
    public bool OnPublish(in InboundPublish publish) => true;

    public ValueTask HandOverAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;
}
