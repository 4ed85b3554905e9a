namespace Plotune.Mqtt.Client.Publishing;

/// <summary>Names a publish to the <see cref="PublishPipeline"/> that took it, which uses the object again once it has ended.</summary>
internal readonly record struct PublishTicket(PendingPublish? Publish, long Sequence);
