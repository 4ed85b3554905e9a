using System.Buffers;
using MQTTnet;
using MQTTnet.Formatter;
using MQTTnet.Protocol;
using Plotune.Mqtt.Client.Session;

namespace Plotune.Mqtt.Client.Publishing;

/// <summary>
/// Publishes over one connection. A caller's time-out ends the waiting, not the exchange: MQTTnet takes an acknowledgement nobody waits for as a
/// breach of protocol and disconnects, so the exchange stays open until it is acknowledged or the connection ends.
/// </summary>
internal sealed class Publisher(
    IMqttClient client, ServerLimits limits, TimeProvider timeProvider, Action<ConnectionEnd> abort, CancellationToken connectionEnded)
{
    /// <summary>Beyond this a larger Receive Maximum gains nothing, and packet identifiers would come round while in use.</summary>
    private const int LargestWindow = 10_000;

    /// <summary>QoS 0 publishes that may wait for the socket.</summary>
    private const int UnwrittenLimit = 1_000;

    /// <summary>How long nothing may be acknowledged before the connection counts as broken.</summary>
    internal static readonly TimeSpan StallLimit = TimeSpan.FromSeconds(60);

    private static readonly PublishResult Delivered = new(PublishOutcome.Delivered);
    private static readonly PublishResult TimedOut =
        new(PublishOutcome.TimedOut, "PublishTimeout", "The broker did not acknowledge the message in time.");

    private readonly PublishWindow _acknowledged = new(Math.Min(limits.Window, LargestWindow), timeProvider);
    private readonly PublishWindow _written = new(UnwrittenLimit, timeProvider);

    /// <summary>The result of a publish without a connection.</summary>
    public static PublishResult ConnectionLost { get; } =
        new(PublishOutcome.ConnectionLost, "ConnectionLost", "There is no connection to the broker, or it ended before the message was acknowledged.");

    public async Task<PublishResult> PublishAsync(OutboundPublish publish, TimeSpan timeout, CancellationToken cancellationToken)
    {
        if (PublishRules.Refuse(publish, limits) is { } refused)
            return refused;
        var window = publish.QualityOfService == QualityOfService.AtMostOnce ? _written : _acknowledged;
        using var deadline = new CancellationTokenSource(timeout, timeProvider);
        using var waiting = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, connectionEnded, cancellationToken);
        try
        {
            var place = await window.EnterAsync(waiting.Token).ConfigureAwait(false);
            return await SendAsync(publish, window, place).WaitAsync(waiting.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (connectionEnded.IsCancellationRequested)
        {
            return ConnectionLost;
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            if (window.IsStalled(StallLimit))
                abort(new ConnectionEnd("PublishStalled", "The broker has stopped acknowledging messages.", ReasonClass.Retry));
            return TimedOut;
        }
    }

    /// <summary>Never fails, so that nobody has to wait for it.</summary>
    private async Task<PublishResult> SendAsync(OutboundPublish publish, PublishWindow window, LinkedListNode<long> place)
    {
        try
        {
            var result = await client.PublishAsync(ToMessage(publish), connectionEnded).ConfigureAwait(false);
            return OfReason((byte)result.ReasonCode, result.ReasonString);
        }
        catch (PublishRefusedException refused)
        {
            return OfReason(refused.ReasonCode, reasonString: null);
        }
        catch (Exception exception)
        {
            return connectionEnded.IsCancellationRequested || exception is MQTTnet.Exceptions.MqttCommunicationException or OperationCanceledException
                ? ConnectionLost
                : ConnectionLost with { ReasonName = "PublishFailed", Reason = $"The message could not be sent: {exception.Message}" };
        }
        finally
        {
            window.Leave(place);
        }
    }

    private MqttApplicationMessage ToMessage(OutboundPublish publish)
    {
        var message = new MqttApplicationMessage
        {
            Topic = publish.Topic,
            Payload = new ReadOnlySequence<byte>(publish.Payload),
            QualityOfServiceLevel = (MqttQualityOfServiceLevel)publish.QualityOfService,
            Retain = publish.Retain,
        };
        if (limits.Version == MqttProtocolVersion.V500)
            SetProperties(message, publish.Properties);
        return message;
    }

    private static void SetProperties(MqttApplicationMessage message, MessageProperties properties)
    {
        message.PayloadFormatIndicator = WireProperties.PayloadFormat(properties);
        message.MessageExpiryInterval = WireProperties.ExpirySeconds(properties);
        message.ContentType = WireProperties.ContentType(properties);
        message.ResponseTopic = properties.ResponseTopic;
        message.CorrelationData = WireProperties.CorrelationData(properties);
        message.UserProperties = WireProperties.UserProperties(properties);
    }

    private static PublishResult OfReason(byte code, string? reasonString)
    {
        var reason = ReasonCodes.Publish(code);
        if (reason.Class == ReasonClass.Success)
            return Delivered;
        var sentence = EndClassifier.WithBrokersWords(reason.Sentence, reasonString, serverReference: null);
        // A broker without room may have some later.
        var outcome = reason.Class == ReasonClass.Retry ? PublishOutcome.TimedOut : PublishOutcome.Refused;
        return new PublishResult(outcome, reason.Name, sentence);
    }
}
