using System.Collections;

namespace Plotune.Mqtt.Agent.BuiltInBroker;

/// <summary>
/// What is to be known of one session beside what MQTTnet keeps: how much waits in it, since when its client is away, and which QoS 2 messages of its client
/// are under way. A message waits from being queued until it is
/// sent (QoS 0) or acknowledged (QoS 1 and 2). MQTTnet gives up queued QoS 0 messages when a client comes back and tells nobody; until
/// <see cref="Settle"/> sees an empty queue they are counted as if they still waited. Thread-safe.
/// </summary>
internal sealed class BrokerSession(BrokerLimits limits, QueueBudget budget)
{
    private readonly Lock _lock = new();
    private int _messages;
    private long _bytes;
    private int _unacknowledged;
    private long _queuedEver;
    private bool _closed;
    private BitArray? _received;
    private long? _maximumPacketBytes;
    private (long Since, TimeSpan Interval)? _away;

    /// <summary>Messages that wait.</summary>
    public int Messages
    {
        get
        {
            lock (_lock) return _messages;
        }
    }

    /// <summary>Messages ever queued: to be read before looking at MQTTnet's queue for <see cref="Settle"/>.</summary>
    public long QueuedEver
    {
        get
        {
            lock (_lock) return _queuedEver;
        }
    }

    public bool IsAway
    {
        get
        {
            lock (_lock) return _away is not null;
        }
    }

    /// <summary>Maximum Packet Size of the client that is connected [MQTT-3.1.2-24]; null for no limit.</summary>
    public long? MaximumPacketBytes
    {
        get
        {
            lock (_lock) return _maximumPacketBytes;
        }
    }

    /// <param name="maximumPacketBytes">As the client said in CONNECT; zero for no limit.</param>
    public void ClientConnected(uint maximumPacketBytes)
    {
        lock (_lock)
        {
            _away = null;
            _unacknowledged = 0;
            _maximumPacketBytes = maximumPacketBytes == 0 ? null : maximumPacketBytes;
        }
    }

    /// <param name="now">A timestamp of the broker's clock.</param>
    /// <param name="interval">How long the session is kept from now on.</param>
    public void ClientLeft(long now, TimeSpan interval)
    {
        lock (_lock) _away = (now, interval < limits.SessionTime ? interval : limits.SessionTime);
    }

    /// <summary>Whether the client has been away for longer than its session is kept.</summary>
    public bool IsOver(TimeProvider timeProvider)
    {
        lock (_lock) return _away is { } away && timeProvider.GetElapsedTime(away.Since) >= away.Interval;
    }

    /// <returns>Null if the message may be queued, which is noted; else one of <see cref="BrokerReason"/> and why, as a sentence.</returns>
    public (string Reason, string Text)? TryQueue(long bytes)
    {
        lock (_lock)
        {
            if (_closed) return null;
            if (_messages >= limits.QueuedMessages) return (BrokerReason.Queue, $"{_messages} messages wait for it, {_unacknowledged} of them to be acknowledged.");
            if (_messages > 0 && _bytes + bytes > limits.QueuedBytes) return (BrokerReason.Queue, $"{_bytes} bytes wait for it in {_messages} messages, {_unacknowledged} of them to be acknowledged.");
            if (!budget.TryTake(bytes, evenIfFull: _messages == 0)) return (BrokerReason.QueueTotal, $"{budget.Taken} bytes wait for all clients together.");
            _messages++;
            _bytes += bytes;
            _queuedEver++;
            return null;
        }
    }

    /// <summary>A message was given to the network.</summary>
    public void Sent(long bytes, bool toBeAcknowledged)
    {
        lock (_lock)
        {
            if (toBeAcknowledged) _unacknowledged++;
            else Remove(bytes);
        }
    }

    public void Acknowledged(long bytes)
    {
        lock (_lock)
        {
            if (_unacknowledged > 0) _unacknowledged--;
            Remove(bytes);
        }
    }

    /// <summary>A message that was noted was not queued after all.</summary>
    public void Dropped(long bytes)
    {
        lock (_lock) Remove(bytes);
    }

    /// <summary>MQTTnet's queue was seen empty, and its client connected.</summary>
    /// <param name="queuedEver"><see cref="QueuedEver"/> from before it was looked at.</param>
    public void Settle(long queuedEver)
    {
        lock (_lock)
        {
            if (_unacknowledged > 0 || _queuedEver != queuedEver) return;
            budget.Return(_bytes);
            (_messages, _bytes) = (0, 0);
        }
    }

    /// <summary>The session is no more; what its queue held is free again.</summary>
    public void Close()
    {
        lock (_lock)
        {
            budget.Return(_bytes);
            (_messages, _bytes, _closed) = (0, 0, true);
        }
    }

    /// <summary>A QoS 2 message of the client came [MQTT-4.3.3-10].</summary>
    /// <returns>False if it is one that came before, sent again: it must not be delivered again.</returns>
    public bool TryReceive(ushort packetIdentifier)
    {
        lock (_lock)
        {
            _received ??= new BitArray(ushort.MaxValue + 1);
            if (_received[packetIdentifier]) return false;
            _received[packetIdentifier] = true;
            return true;
        }
    }

    /// <summary>The client released a QoS 2 message: its identifier is free for another.</summary>
    public void Release(ushort packetIdentifier)
    {
        lock (_lock) _received?.Set(packetIdentifier, false);
    }

    private void Remove(long bytes)
    {
        var freed = Math.Min(bytes, _bytes);
        budget.Return(freed);
        _bytes -= freed;
        if (_messages > 0) _messages--;
    }
}
