using System.Collections.Concurrent;
using Plotune.Mqtt.TestSupport;

namespace Plotune.Mqtt.Client.Tests.Publishing;

/// <summary>Keeps how publishes ended, in order.</summary>
internal sealed class RecordingCompletion : IPublishCompletion
{
    private readonly ConcurrentQueue<(long Id, PublishResult Result)> _ended = new();

    public IReadOnlyList<(long Id, PublishResult Result)> Ended => [.. _ended];

    public void Completed(OutboundPublish publish, long id, in PublishResult result) => _ended.Enqueue((id, result));

    public Task CountAsync(int count) =>
        Eventually.TrueAsync($"{count} publishes have ended", () => _ended.Count >= count, TestContext.Current.CancellationToken, state: () => _ended.Count);
}
