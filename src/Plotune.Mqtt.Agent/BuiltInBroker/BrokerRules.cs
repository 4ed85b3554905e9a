using System.Collections;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using MQTTnet.Formatter;
using MQTTnet.Packets;
using MQTTnet.Protocol;
using MQTTnet.Server;
using Plotune.Mqtt.Client;

namespace Plotune.Mqtt.Agent.BuiltInBroker;

/// <summary>Who may connect, and what MQTTnet is kept from doing for a client: it hangs on the server's events. Thread-safe.</summary>
internal sealed class BrokerRules(MqttServer server, BrokerOptions options, BrokerLogin login, BrokerCounters counters, TimeProvider timeProvider)
{
    private const string SubscriptionsKey = "subscriptions";

    private readonly BrokerLimits _limits = options.Limits;
    private readonly RetainedLedger _retained = new(options.Limits.RetainedMessages, options.Limits.RetainedBytes);
    private readonly ConcurrentDictionary<string, BrokerClient> _clients = new(StringComparer.Ordinal);

    public IReadOnlyList<BrokerClient> Clients => [.. _clients.Values.OrderBy(client => client.ClientId, StringComparer.Ordinal)];

    public int ClientCount => _clients.Count;

    public int RetainedMessages => _retained.Count;

    public long RetainedBytes => _retained.Bytes;

    /// <summary>A name for a client that has none.</summary>
    public static string NewClientIdentifier() => $"auto-{RandomNumberGenerator.GetHexString(12, lowercase: true)}";

    public void Attach()
    {
        server.ValidatingConnectionAsync += ValidateAsync;
        server.ClientConnectedAsync += AddAsync;
        server.ClientDisconnectedAsync += RemoveAsync;
        server.InterceptingInboundPacketAsync += ReceivingAsync;
        server.InterceptingOutboundPacketAsync += SendingAsync;
        server.InterceptingPublishAsync += PublishingAsync;
        server.InterceptingSubscriptionAsync += SubscribingAsync;
        server.ClientUnsubscribedTopicAsync += UnsubscribingAsync;
        server.InterceptingClientEnqueueAsync += EnqueueingAsync;
        server.ApplicationMessageEnqueuedOrDroppedAsync += EnqueuedAsync;
        server.ClientAcknowledgedPublishPacketAsync += AcknowledgedAsync;
    }

    private async Task ValidateAsync(ValidatingConnectionEventArgs connecting)
    {
        if (string.IsNullOrEmpty(connecting.ClientId) && connecting.ProtocolVersion == MqttProtocolVersion.V500) connecting.AssignedClientIdentifier = NewClientIdentifier(); // [MQTT-3.2.2-16]
        var who = $"{connecting.ClientId} at {connecting.RemoteEndPoint}";
        var is5 = connecting.ProtocolVersion == MqttProtocolVersion.V500;
        if (!await login.IsAllowedAsync(connecting.UserName, connecting.RawPassword, connecting.CancellationToken))
        {
            counters.Refuse(BrokerReason.Password, who, "User name or password is wrong.");
            connecting.ReasonCode = MqttConnectReasonCode.BadUserNameOrPassword;
        }
        else if (connecting.AuthenticationMethod is { Length: > 0 })
        {
            connecting.ReasonCode = MqttConnectReasonCode.BadAuthenticationMethod;
        }
        else if (_clients.Count >= _limits.Clients && !_clients.ContainsKey(connecting.ClientId))
        {
            counters.Refuse(BrokerReason.Clients, who, $"{_limits.Clients} clients are connected.");
            connecting.ReasonCode = is5 ? MqttConnectReasonCode.ServerBusy : MqttConnectReasonCode.ServerUnavailable;
        }
        else if (await WouldExceedSessionsAsync(connecting.ClientId))
        {
            counters.Refuse(BrokerReason.Sessions, who, $"{_limits.Sessions} sessions are kept.");
            connecting.ReasonCode = is5 ? MqttConnectReasonCode.QuotaExceeded : MqttConnectReasonCode.ServerUnavailable;
        }
    }

    private async Task<bool> WouldExceedSessionsAsync(string clientId)
    {
        var sessions = await server.GetSessionsAsync();
        return sessions.Count >= _limits.Sessions && !sessions.Any(session => session.Id == clientId);
    }

    private Task AddAsync(ClientConnectedEventArgs connected)
    {
        var protocol = connected.ProtocolVersion switch { MqttProtocolVersion.V500 => "5.0", MqttProtocolVersion.V311 => "3.1.1", _ => "3.1" };
        _clients[connected.ClientId] = new BrokerClient(connected.ClientId, connected.UserName ?? "", connected.RemoteEndPoint, protocol, timeProvider.GetUtcNow());
        return Task.CompletedTask;
    }

    private Task RemoveAsync(ClientDisconnectedEventArgs disconnected)
    {
        _clients.TryRemove(disconnected.ClientId, out _);
        return Task.CompletedTask;
    }

    private Task ReceivingAsync(InterceptingPacketEventArgs receiving)
    {
        if (!_clients.TryGetValue(receiving.ClientId, out var client)) return Task.CompletedTask;
        if (receiving.Packet is MqttPublishPacket publish)
        {
            counters.CountReceived();
            client.CountReceived();
            if (publish.TopicAlias > _limits.TopicAliases) return RefuseAliasAsync(receiving, publish.TopicAlias);
        }

        var isAnswered = receiving.Packet is MqttPublishPacket { QualityOfServiceLevel: > MqttQualityOfServiceLevel.AtMostOnce }
            or MqttPingReqPacket or MqttSubscribePacket or MqttUnsubscribePacket or MqttPubRecPacket or MqttPubRelPacket;
        return isAnswered && client.OweAnswer() > _limits.UnreadAnswers ? RefuseUnreadAsync(receiving) : Task.CompletedTask;
    }

    private Task RefuseAliasAsync(InterceptingPacketEventArgs receiving, ushort alias)
    {
        counters.Refuse(BrokerReason.TopicAlias, receiving.ClientId, $"It used the topic alias {alias}, and was told {_limits.TopicAliases} as the largest."); // [MQTT-3.3.2-9]
        return DisconnectAsync(receiving, MqttDisconnectReasonCode.TopicAliasInvalid);
    }

    private Task RefuseUnreadAsync(InterceptingPacketEventArgs receiving)
    {
        counters.Refuse(BrokerReason.UnreadAnswers, receiving.ClientId, $"It left {_limits.UnreadAnswers} answers unread.");
        return DisconnectAsync(receiving, MqttDisconnectReasonCode.QuotaExceeded);
    }

    private Task DisconnectAsync(InterceptingPacketEventArgs receiving, MqttDisconnectReasonCode reason)
    {
        receiving.ProcessPacket = false;
        return server.DisconnectClientAsync(receiving.ClientId, reason);
    }

    private Task SendingAsync(InterceptingPacketEventArgs sending)
    {
        _clients.TryGetValue(sending.ClientId, out var client);
        switch (sending.Packet)
        {
            case MqttConnAckPacket answer:
                answer.MaximumPacketSize = (uint)_limits.PacketBytes;
                answer.TopicAliasMaximum = _limits.TopicAliases;
                break;
            case MqttPublishPacket publish:
                counters.CountSent();
                client?.CountSent(publish.QualityOfServiceLevel > MqttQualityOfServiceLevel.AtMostOnce && !publish.Dup);
                break;
            case not MqttDisconnectPacket:
                client?.PayAnswer();
                break;
        }

        return Task.CompletedTask;
    }

    private Task PublishingAsync(InterceptingPublishEventArgs publishing)
    {
        var message = publishing.ApplicationMessage;
        if (MqttTopic.NameError(message.Topic ?? "") is { } fault)
        {
            counters.Refuse(BrokerReason.Topic, publishing.ClientId, fault);
            publishing.ProcessPublish = false;
            publishing.CloseConnection = true;
            publishing.Response.ReasonCode = MqttPubAckReasonCode.TopicNameInvalid;
        }
        else if (message.Retain && !_retained.TryKeep(message.Topic!, message.Payload.Length))
        {
            counters.Drop(BrokerReason.Retained, publishing.ClientId, $"There is no room to keep the retained message on '{message.Topic}'; it was delivered only.");
            message.Retain = false;
        }

        return Task.CompletedTask;
    }

    private Task SubscribingAsync(InterceptingSubscriptionEventArgs subscribing)
    {
        if (MqttTopic.FilterError(subscribing.TopicFilter.Topic) is { } fault)
        {
            counters.Refuse(BrokerReason.Topic, subscribing.ClientId, fault);
            Refuse(MqttSubscribeReasonCode.TopicFilterInvalid);
        }
        else if (SubscriptionsOf(subscribing.SessionItems) is var held && !held.ContainsKey(subscribing.TopicFilter.Topic) && held.Count >= _limits.Subscriptions)
        {
            counters.Refuse(BrokerReason.Subscriptions, subscribing.ClientId, $"It has {_limits.Subscriptions} subscriptions.");
            Refuse(MqttSubscribeReasonCode.QuotaExceeded);
        }
        else
        {
            held[subscribing.TopicFilter.Topic] = true;
        }

        return Task.CompletedTask;

        void Refuse(MqttSubscribeReasonCode reason)
        {
            subscribing.ProcessSubscription = false;
            subscribing.Response.ReasonCode = reason;
        }
    }

    private static Task UnsubscribingAsync(ClientUnsubscribedTopicEventArgs unsubscribed)
    {
        SubscriptionsOf(unsubscribed.SessionItems).TryRemove(unsubscribed.TopicFilter, out _);
        return Task.CompletedTask;
    }

    /// <summary>The filters of a session live and end with it.</summary>
    private static ConcurrentDictionary<string, bool> SubscriptionsOf(IDictionary sessionItems)
    {
        lock (sessionItems)
        {
            if (sessionItems[SubscriptionsKey] is ConcurrentDictionary<string, bool> known) return known;
            var held = new ConcurrentDictionary<string, bool>(StringComparer.Ordinal);
            sessionItems[SubscriptionsKey] = held;
            return held;
        }
    }

    private Task EnqueueingAsync(InterceptingClientApplicationMessageEnqueueEventArgs enqueueing)
    {
        if (enqueueing.ApplicationMessage.QualityOfServiceLevel > MqttQualityOfServiceLevel.AtMostOnce
            && _clients.TryGetValue(enqueueing.ReceiverClientId, out var client) && client.Unacknowledged >= _limits.QueuedMessages)
        {
            enqueueing.AcceptEnqueue = false;
            counters.Drop(BrokerReason.Unacknowledged, client.ClientId, $"It has {_limits.QueuedMessages} messages to acknowledge.");
        }

        return Task.CompletedTask;
    }

    private Task EnqueuedAsync(ApplicationMessageEnqueuedEventArgs enqueued)
    {
        if (enqueued.IsDropped) counters.Drop(BrokerReason.Queue, enqueued.ReceiverClientId, $"{_limits.QueuedMessages} messages wait for it.");
        return Task.CompletedTask;
    }

    private Task AcknowledgedAsync(ClientAcknowledgedPublishPacketEventArgs acknowledged)
    {
        if (_clients.TryGetValue(acknowledged.ClientId, out var client)) client.CountAcknowledged();
        return Task.CompletedTask;
    }
}
