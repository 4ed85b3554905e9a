namespace Plotune.Mqtt.Client;

/// <summary>Is told how publishes end, for callers with many of them under way.</summary>
public interface IPublishCompletion
{
    /// <summary>
    /// A publish has ended. Called once for each, one at a time and in the order in which they end, on whatever thread ended it, be it that of the caller.
    /// Must not block and must not throw; may publish.
    /// </summary>
    /// <param name="publish">What was given.</param>
    /// <param name="id">The caller's own number for it.</param>
    /// <param name="result">Never <see cref="PublishOutcome.TimedOut"/>.</param>
    void Completed(OutboundPublish publish, long id, in PublishResult result);
}
