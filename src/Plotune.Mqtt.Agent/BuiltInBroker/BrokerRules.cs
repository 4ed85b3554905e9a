using System.Collections;
using MQTTnet.Formatter;
using MQTTnet.Protocol;
using MQTTnet.Server;
using Plotune.Mqtt.Client;

namespace Plotune.Mqtt.Agent.BuiltInBroker;

/// <summary>Who may connect, and what MQTTnet is kept from doing for a client: it hangs on the server's events. Thread-safe.</summary>
internal sealed class BrokerRules(MqttServer server, BrokerLimits limits, BrokerLogin login, SessionRegistry sessions, BrokerCounters counters)
{
    private const string SubscriptionsKey = "subscriptions";

    private readonly RetainedLedger _retained = new(limits.RetainedMessages, limits.RetainedBytes);

    public int RetainedMessages => _retained.Count;

    public long RetainedBytes => _retained.Bytes;

    public void Attach()
    {
        server.ValidatingConnectionAsync += ValidateAsync;
        server.InterceptingPublishAsync += PublishingAsync;
        server.InterceptingSubscriptionAsync += SubscribingAsync;
        server.ClientSubscribedTopicAsync += SubscribedAsync;
        server.ClientUnsubscribedTopicAsync += UnsubscribedAsync;
        server.InterceptingClientEnqueueAsync += EnqueueingAsync;
        server.ApplicationMessageEnqueuedOrDroppedAsync += EnqueuedAsync;
        server.ClientAcknowledgedPublishPacketAsync += AcknowledgedAsync;
    }

    private async Task ValidateAsync(ValidatingConnectionEventArgs connecting)
    {
        var is5 = connecting.ProtocolVersion == MqttProtocolVersion.V500;
        if (string.IsNullOrEmpty(connecting.ClientId) && is5) connecting.AssignedClientIdentifier = BrokerChannel.NewClientIdentifier(); // [MQTT-3.2.2-16]
        var clientId = string.IsNullOrEmpty(connecting.ClientId) ? connecting.AssignedClientIdentifier : connecting.ClientId;
        var who = $"{clientId} at {connecting.RemoteEndPoint}";
        if (!await login.IsAllowedAsync(connecting.UserName, connecting.RawPassword, connecting.CancellationToken))
        {
            counters.Refuse(BrokerReason.Password, who, "User name or password is wrong.");
            connecting.ReasonCode = MqttConnectReasonCode.BadUserNameOrPassword;
        }
        else if (connecting.AuthenticationMethod is { Length: > 0 })
        {
            connecting.ReasonCode = MqttConnectReasonCode.BadAuthenticationMethod;
        }
        else if (!string.IsNullOrEmpty(clientId)) // MQTTnet refuses one without a name
        {
            await AdmitAsync(connecting, clientId, who, is5);
        }
    }

    private async Task AdmitAsync(ValidatingConnectionEventArgs connecting, string clientId, string who, bool is5)
    {
        var channel = (BrokerChannel)connecting.ChannelAdapter;
        switch (await sessions.AdmitAsync(channel, clientId, connecting.CancellationToken))
        {
            case BrokerReason.Clients:
                counters.Refuse(BrokerReason.Clients, who, $"{limits.Clients} clients are connected.");
                connecting.ReasonCode = is5 ? MqttConnectReasonCode.ServerBusy : MqttConnectReasonCode.ServerUnavailable;
                break;
            case BrokerReason.Sessions:
                counters.Refuse(BrokerReason.Sessions, who, $"{limits.Sessions} sessions are kept.");
                connecting.ReasonCode = is5 ? MqttConnectReasonCode.QuotaExceeded : MqttConnectReasonCode.ServerUnavailable;
                break;
        }
    }

    private Task PublishingAsync(InterceptingPublishEventArgs publishing)
    {
        var message = publishing.ApplicationMessage;
        message.Dup = false; // [MQTT-3.3.1-3]: MQTTnet passes it on
        if (MqttTopic.NameError(message.Topic ?? "") is { } fault)
        {
            counters.Refuse(BrokerReason.Topic, publishing.ClientId, fault);
            publishing.ProcessPublish = false;
            publishing.CloseConnection = true;
            publishing.Response.ReasonCode = MqttPubAckReasonCode.TopicNameInvalid;
        }
        else if (message.Retain && !(message.Payload.IsEmpty ? _retained.Remove(message.Topic!) : _retained.TryKeep(message.Topic!, MessageSize.Of(message))))
        {
            counters.Drop(BrokerReason.Retained, publishing.ClientId, $"There is no room to keep the retained message on '{message.Topic}'; it was delivered only.");
            message.Retain = false;
        }

        return Task.CompletedTask;
    }

    private Task SubscribingAsync(InterceptingSubscriptionEventArgs subscribing)
    {
        if (MqttTopic.FilterError(subscribing.TopicFilter.Topic ?? "") is { } fault)
        {
            counters.Refuse(BrokerReason.Topic, subscribing.ClientId, fault);
            Refuse(MqttSubscribeReasonCode.TopicFilterInvalid);
        }
        else if (!SubscriptionsOf(subscribing.SessionItems).TryAdd(subscribing.TopicFilter))
        {
            counters.Refuse(BrokerReason.Subscriptions, subscribing.ClientId, $"A session may have {limits.Subscriptions} topic filters of {limits.SubscriptionCharacters} characters together.");
            Refuse(MqttSubscribeReasonCode.QuotaExceeded);
        }

        return Task.CompletedTask;

        void Refuse(MqttSubscribeReasonCode reason)
        {
            subscribing.ProcessSubscription = false;
            subscribing.Response.ReasonCode = reason;
        }
    }

    private Task SubscribedAsync(ClientSubscribedTopicEventArgs subscribed) =>
        SubscriptionsOf(subscribed.SessionItems).Supplement(subscribed.TopicFilter.Topic, isNew: true) is { } supplement
            ? server.SubscribeAsync(subscribed.ClientId, [supplement])
            : Task.CompletedTask;

    private Task UnsubscribedAsync(ClientUnsubscribedTopicEventArgs unsubscribed)
    {
        var held = SubscriptionsOf(unsubscribed.SessionItems);
        if (held.Remove(unsubscribed.TopicFilter) is { } needless) return server.UnsubscribeAsync(unsubscribed.ClientId, [needless]);
        return held.Supplement(unsubscribed.TopicFilter, isNew: false) is { } supplement ? server.SubscribeAsync(unsubscribed.ClientId, [supplement]) : Task.CompletedTask;
    }

    private SubscriptionSet SubscriptionsOf(IDictionary sessionItems)
    {
        lock (sessionItems)
        {
            if (sessionItems[SubscriptionsKey] is SubscriptionSet known) return known;
            var held = new SubscriptionSet(limits.Subscriptions, limits.SubscriptionCharacters);
            sessionItems[SubscriptionsKey] = held;
            return held;
        }
    }

    private Task EnqueueingAsync(InterceptingClientApplicationMessageEnqueueEventArgs enqueueing)
    {
        var message = enqueueing.ApplicationMessage;
        var session = sessions.Of(enqueueing.ReceiverClientId);
        if (message.QualityOfServiceLevel == MqttQualityOfServiceLevel.AtMostOnce && session.IsAway)
        {
            // QoS 0 is not kept for clients that are away; MQTTnet would keep it, and give it up when they come back.
            enqueueing.AcceptEnqueue = false;
        }
        else if (session.MaximumPacketBytes is { } maximum && PacketSize.AtMost(message) > maximum)
        {
            enqueueing.AcceptEnqueue = false; // [MQTT-3.1.2-24]
            counters.Drop(BrokerReason.PacketSize, enqueueing.ReceiverClientId, $"A message on '{message.Topic}' is larger than it takes.");
        }
        else if (session.TryQueue(MessageSize.Of(message)) is var (reason, text))
        {
            enqueueing.AcceptEnqueue = false;
            counters.Drop(reason, enqueueing.ReceiverClientId, text);
        }

        return Task.CompletedTask;
    }

    private Task EnqueuedAsync(ApplicationMessageEnqueuedEventArgs enqueued)
    {
        if (!enqueued.IsDropped) return Task.CompletedTask;
        sessions.Of(enqueued.ReceiverClientId).Dropped(MessageSize.Of(enqueued.ApplicationMessage));
        counters.Drop(BrokerReason.Queue, enqueued.ReceiverClientId, $"{limits.QueuedMessages} messages wait for it.");
        return Task.CompletedTask;
    }

    private Task AcknowledgedAsync(ClientAcknowledgedPublishPacketEventArgs acknowledged)
    {
        sessions.Of(acknowledged.ClientId).Acknowledged(MessageSize.Of(acknowledged.PublishPacket));
        return Task.CompletedTask;
    }
}
