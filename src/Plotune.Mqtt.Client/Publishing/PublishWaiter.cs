namespace Plotune.Mqtt.Client.Publishing;

/// <summary>Waits for the end of one publish.</summary>
internal sealed class PublishWaiter() : TaskCompletionSource<PublishResult>(TaskCreationOptions.RunContinuationsAsynchronously), IPublishCompletion
{
    private static readonly PublishResult Withdrawn = new(
        PublishOutcome.TimedOut, "PublishTimeout", "The message could not be delivered in time, and was withdrawn: there is no connection, or the broker takes no more for now.");

    private static readonly PublishResult NotAcknowledged = new(
        PublishOutcome.TimedOut, "PublishTimeout", "The broker did not acknowledge the message in time. It is still under way, and may arrive.");

    public static async Task<PublishResult> PublishAsync(
        PublishPipeline pipeline, OutboundPublish publish, TimeSpan timeout, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var waiter = new PublishWaiter();
        var ticket = pipeline.Publish(publish, waiter, 0);
        try
        {
            return await waiter.Task.WaitAsync(timeout, timeProvider, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            if (pipeline.Withdraw(ticket))
                return Withdrawn;
            return waiter.Task.IsCompleted ? await waiter.Task.ConfigureAwait(false) : NotAcknowledged;
        }
        catch (OperationCanceledException)
        {
            pipeline.Withdraw(ticket);
            throw;
        }
    }

    void IPublishCompletion.Completed(OutboundPublish publish, long id, in PublishResult result) => TrySetResult(result);
}
