using Microsoft.Extensions.Logging;
using MQTTnet;
using MQTTnet.Formatter;
using MQTTnet.Packets;
using MQTTnet.Protocol;

namespace Plotune.Mqtt.Client.Session;

/// <summary>Brings the broker's list of subscriptions in line with ours, with as few packets as can be.</summary>
internal sealed partial class Subscriber(BrokerSession session, SubscriptionBook book, IConnectionObserver observer, ILogger logger)
{
    /// <summary>
    /// Sends the difference and waits for every answer. New filters come first, so that a replaced one leaves no gap. The observer is told before the
    /// first packet what may change, and after the last what has become of it.
    /// </summary>
    /// <param name="unwanted">Filters to end besides, even if nothing is known of them.</param>
    /// <exception cref="ConnectionEndedException">An answer did not come, or was not one.</exception>
    public async Task ApplyAsync(IReadOnlyList<TopicSubscription> wanted, IReadOnlyList<string> unwanted, CancellationToken stopping)
    {
        var (subscribe, unsubscribe) = book.Difference(wanted);
        if (unwanted.Count > 0)
            unsubscribe = [.. unsubscribe.Union(unwanted, StringComparer.Ordinal)];
        var allowed = subscribe.Where(Allowed).ToList();
        if (allowed.Count == 0 && unsubscribe.Count == 0)
            return;

        book.Asking(allowed);
        book.Ending(unsubscribe);
        observer.SubscriptionsHeld(book.Held);
        try
        {
            foreach (var group in allowed.GroupBy(IdentifierOf))
            {
                foreach (var batch in SubscribePackets.Split([.. group], subscription => subscription.Filter, session.Limits, group.Key))
                    await SubscribeAsync(batch, group.Key, stopping).ConfigureAwait(false);
            }

            foreach (var batch in SubscribePackets.Split(unsubscribe, filter => filter, session.Limits))
                await UnsubscribeAsync(batch, stopping).ConfigureAwait(false);
        }
        finally
        {
            observer.SubscriptionsHeld(book.Held);
        }
    }

    // One SUBSCRIBE has one identifier for all of its filters.
    private uint IdentifierOf(TopicSubscription subscription) => session.Limits.SubscriptionIdentifiersAvailable ? subscription.SubscriptionIdentifier : 0;

    private bool Allowed(TopicSubscription subscription)
    {
        if (SubscriptionRules.Refuse(subscription, session.Limits) is not { } refusal)
            return true;
        Tell(subscription, refusal);
        return false;
    }

    private async Task SubscribeAsync(IReadOnlyList<TopicSubscription> batch, uint subscriptionIdentifier, CancellationToken stopping)
    {
        var options = new MqttClientSubscribeOptions { TopicFilters = [.. batch.Select(ToTopicFilter)], SubscriptionIdentifier = subscriptionIdentifier };
        var result = await session.RequestAsync(LocalFault.SubAckTimeout, (client, token) => client.SubscribeAsync(options, token), stopping).ConfigureAwait(false);
        foreach (var (subscription, item) in batch.Zip(result.Items))
        {
            var reason = ReasonCodes.SubAck((byte)item.ResultCode);
            if (reason.Class == ReasonClass.Success)
            {
                book.Granted(subscription);
                observer.SubscriptionGranted(subscription.Filter, (QualityOfService)reason.Code);
            }
            else
            {
                book.Refused(subscription.Filter);
                Tell(subscription, reason);
            }
        }
    }

    private async Task UnsubscribeAsync(IReadOnlyList<string> batch, CancellationToken stopping)
    {
        var options = new MqttClientUnsubscribeOptions { TopicFilters = [.. batch] };
        var result = await session.RequestAsync(LocalFault.UnsubAckTimeout, (client, token) => client.UnsubscribeAsync(options, token), stopping).ConfigureAwait(false);
        foreach (var item in result.Items)
        {
            var reason = ReasonCodes.UnsubAck((byte)item.ResultCode);
            observer.Unsubscribed(item.TopicFilter, reason.Name, reason.Sentence);
            if (reason.Class == ReasonClass.Success)
                book.Removed(item.TopicFilter);
            else
                Log.UnsubscribeRefused(logger, item.TopicFilter, reason.Name, reason.Sentence);
        }
    }

    private void Tell(TopicSubscription subscription, ReasonCode reason)
    {
        Log.SubscriptionRefused(logger, subscription.Filter, reason.Name, reason.Sentence);
        observer.SubscriptionRefused(subscription.Filter, reason.Name, reason.Sentence);
    }

    private MqttTopicFilter ToTopicFilter(TopicSubscription subscription)
    {
        var filter = new MqttTopicFilter { Topic = subscription.Filter, QualityOfServiceLevel = (MqttQualityOfServiceLevel)subscription.QualityOfService };
        if (session.Version == MqttProtocolVersion.V500)
        {
            filter.NoLocal = subscription.NoLocal;
            filter.RetainAsPublished = subscription.RetainAsPublished;
            filter.RetainHandling = (MqttRetainHandling)subscription.RetainHandling;
        }

        return filter;
    }

    private static partial class Log
    {
        [LoggerMessage(1020, LogLevel.Warning, "The broker refused the subscription to {Filter}: {ReasonName}. {Reason}")]
        public static partial void SubscriptionRefused(ILogger logger, string filter, string reasonName, string reason);

        [LoggerMessage(1021, LogLevel.Warning, "The broker refused to end the subscription to {Filter}: {ReasonName}. {Reason}")]
        public static partial void UnsubscribeRefused(ILogger logger, string filter, string reasonName, string reason);
    }
}
