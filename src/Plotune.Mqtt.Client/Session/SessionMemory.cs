using MQTTnet;
using MQTTnet.Formatter;
using Plotune.Mqtt.Client.Publishing;
using Plotune.Mqtt.Client.Receive;

namespace Plotune.Mqtt.Client.Session;

/// <summary>What a connection object knows from one connection to the next. Belongs to the loop.</summary>
internal sealed class SessionMemory
{
    private readonly BrokerConnectionOptions _options;
    private bool _sessionMayExist;

    public SessionMemory(BrokerConnectionOptions options, ReadPause readPause, TimeProvider timeProvider)
    {
        var identifiers = new PacketIdentifiers();
        _options = options;
        ReadPause = readPause;
        Exchanges = new OutboundExchanges(identifiers);
        Publishes = new PublishPipeline(identifiers, timeProvider);
        Protocol = new ProtocolChoice(options.Protocol);
        Subscriptions = new SubscriptionBook(options.HeldSubscriptions);
        ClientId = options.ClientId;
    }

    public LaneSession Lane { get; } = new();

    /// <summary>Any thread.</summary>
    public ReadPause ReadPause { get; }

    public OutboundExchanges Exchanges { get; }

    /// <summary>What is published; any thread.</summary>
    public PublishPipeline Publishes { get; }

    public ProtocolChoice Protocol { get; }

    /// <summary>Filters the broker holds for us.</summary>
    public SubscriptionBook Subscriptions { get; }

    /// <summary>The identifier to connect with; the broker's once it has assigned one.</summary>
    public string ClientId { get; private set; }

    /// <summary>Connections accepted so far.</summary>
    public long Connections { get; private set; }

    /// <summary>Asks for a clean session unless one was to be kept from the start, or may exist by now.</summary>
    public SessionStart NextStart() => new(Protocol.Version, ClientId, CleanStart: _options.CleanStart && !(_sessionMayExist && Protocol.Version == MqttProtocolVersion.V500));

    /// <summary>Takes in what CONNACK says.</summary>
    /// <returns>Whether the session went on, began anew, or was lost.</returns>
    public SessionOutcome Accepted(SessionStart start, MqttClientConnectResult result)
    {
        Protocol.Accepted();
        var isFirst = Connections++ == 0;
        var expected = isFirst ? !start.CleanStart && !Subscriptions.IsEmpty : _sessionMayExist;
        if (!string.IsNullOrEmpty(result.AssignedClientIdentifier))
            ClientId = result.AssignedClientIdentifier;
        // MQTTnet cannot tell a CONNACK without Session Expiry Interval from one with zero; both are taken to keep what we asked for.
        _sessionMayExist = start.Version == MqttProtocolVersion.V500
            ? result.SessionExpiryInterval > 0 || _options.SessionExpiry > TimeSpan.Zero
            : !start.CleanStart;
        if (result.IsSessionPresent)
            return SessionOutcome.Resumed;

        // The lane forgets its part of the session by itself.
        Subscriptions.Clear();
        return expected ? SessionOutcome.Lost : isFirst ? SessionOutcome.First : SessionOutcome.Clean;
    }
}
