using Plotune.Mqtt.Client.Receive;
using Plotune.Mqtt.Client.Session;

namespace Plotune.Mqtt.Client.Publishing;

/// <content>What the broker answers, and what its silence means.</content>
internal sealed partial class PublishPipeline
{
    /// <summary>
    /// A message that was outstanding on this many connections in a row which the broker ended right after it was sent is under suspicion: from then on it is sent alone, and if
    /// the connection ends once more it is refused, since it would end every connection to come.
    /// </summary>
    internal const int SuspectAfter = 3;

    /// <summary>How often another packet identifier is tried for a message if the broker says that it is in use.</summary>
    private const int MaximumCollisions = 8;

    /// <summary>Later than this the end of a connection has another cause than what was sent. Half of it is for closing the connection, which comes between.</summary>
    private static readonly TimeSpan RightAfter = TimeSpan.FromSeconds(10);

    private static readonly ProtocolViolation OfAnotherKind =
        ProtocolViolation.ProtocolError("The broker answered a PUBLISH with a packet that belongs to another QoS (MQTT 5.0, 4.3).");

    private static readonly PublishResult EndsConnection = new(
        PublishOutcome.Refused, "ConnectionEndedByMessage", "The broker ends the connection whenever this message is sent. Its log may tell why.");

    private static readonly PublishResult OnSuchTopic = new(
        PublishOutcome.Refused, "ConnectionEndedByMessage", "The broker ended the connection for the last messages on this topic, so that for a minute none is sent. Its log may tell why.");

    private readonly TopicVerdicts _verdicts = new(timeProvider);
    private PendingPublish? _misanswered;

    /// <summary>PUBACK, PUBREC or PUBCOMP has come.</summary>
    /// <param name="code">Its reason code.</param>
    /// <param name="reasonString">The broker's words for it, if any.</param>
    /// <returns>Null unless the answer is a breach of protocol.</returns>
    public ProtocolViolation? Answer(PacketType type, ushort packetIdentifier, byte code, string? reasonString)
    {
        lock (_lock)
        {
            if (!_exchanges.TryGetValue(packetIdentifier, out var publish))
                AnswerUnknown(type, packetIdentifier, code);
            else if (Expects(publish, type))
                AnswerKnown(publish, type, code, reasonString);
            else
                return Misanswered(publish);
        }

        _completions.Tell();
        return null;
    }

    private static bool Expects(PendingPublish publish, PacketType type) => publish.Publish.QualityOfService == QualityOfService.AtLeastOnce
        ? type == PacketType.PubAck
        : type == PacketType.PubRec || (type == PacketType.PubComp && publish.Stage == PublishStage.Released);

    private ProtocolViolation Misanswered(PendingPublish publish)
    {
        _misanswered = publish;
        return OfAnotherKind;
    }

    // That an answer is to nothing is no breach the specification names, and harms nobody.
    private void AnswerUnknown(PacketType type, ushort packetIdentifier, byte code)
    {
        if (type == PacketType.PubRec && code < ReasonCodes.FirstFailure)
        {
            _releasedAgain.Add(packetIdentifier); // [MQTT-4.3.3-4]
            WakeAnyhow();
        }
        else if (type == PacketType.PubComp && _cleaning.Remove(packetIdentifier))
        {
            identifiers.Return(packetIdentifier, isClean: true);
            _lastProgress = timeProvider.GetTimestamp();
            Wake(PumpState.Blocked);
        }
    }

    private void AnswerKnown(PendingPublish publish, PacketType type, byte code, string? reasonString)
    {
        _lastProgress = timeProvider.GetTimestamp();
        if (type == PacketType.PubRec && code < ReasonCodes.FirstFailure)
        {
            Release(publish);
            return;
        }

        // After PUBREL a refusal comes too late.
        if (type == PacketType.PubRec && publish.Stage == PublishStage.Released)
            return;
        // PUBREC has taken the message over; that the broker completed it before, which 0x92 says, changes nothing.
        if (type == PacketType.PubComp || code == 0)
            Finish(publish, Delivered, isIdentifierClean: type == PacketType.PubComp ? true : null);
        else if (code == ReasonCodes.PacketIdentifierInUse && ++publish.Collisions <= MaximumCollisions)
            TryAnotherIdentifier(publish);
        else
            Finish(publish, OfReason(code, reasonString));
        WakeAnyhow();
    }

    private void Release(PendingPublish publish)
    {
        if (publish.Stage == PublishStage.Released)
        {
            // PUBREC once more: so is PUBREL, unless the first is still to be sent.
            if (publish.IsReleaseSent)
                _releasedAgain.Add(publish.PacketIdentifier);
        }
        else
        {
            if (_resend == publish)
                _resend = publish.Next;
            if (_alone == publish)
                _alone = null;
            Move(publish, PublishStage.Released);
            if (_limits is not null)
            {
                Occupy(publish);
                _release ??= publish;
            }
        }

        WakeAnyhow();
    }

    private void TryAnotherIdentifier(PendingPublish publish)
    {
        Leave(publish, isIdentifierClean: false);
        publish.Stage = PublishStage.Waiting;
        var again = new PublishList();
        again.AddLast(publish);
        _waiting.Merge(again);
    }

    /// <summary>Remembers which messages may have cost the connection, and refuses the one that certainly has.</summary>
    /// <returns>Whether there is one.</returns>
    private bool Blame(ConnectionEnd end)
    {
        var culprit = _alone;
        var misanswered = _misanswered;
        _misanswered = null;
        Strike(_unacknowledged);
        Strike(_writing);
        if (culprit is not { Strikes: > SuspectAfter })
            return false;

        _verdicts.Condemn(culprit.Publish.Topic);
        Finish(culprit, EndsConnection, isIdentifierClean: false);
        return true;

        void Strike(PublishList list)
        {
            for (var publish = list.First; publish is not null; publish = publish.Next)
            {
                if (publish.Stage == PublishStage.Sent && !publish.IsOutstanding)
                    continue;
                var isBlamed = publish == misanswered || (end.MayBeOfAMessage && timeProvider.GetElapsedTime(publish.SentAt) <= RightAfter);
                publish.Strikes = isBlamed ? publish.Strikes + 1 : 0;
            }
        }
    }

    private void WakeAnyhow()
    {
        Wake(PumpState.Idle);
        Wake(PumpState.Blocked);
    }

    private static PublishResult OfReason(byte code, string? reasonString)
    {
        var reason = ReasonCodes.Publish(code);
        return reason.Class == ReasonClass.Success
            ? Delivered
            : new PublishResult(PublishOutcome.Refused, reason.Name, EndClassifier.WithBrokersWords(reason.Sentence, reasonString, serverReference: null));
    }
}
