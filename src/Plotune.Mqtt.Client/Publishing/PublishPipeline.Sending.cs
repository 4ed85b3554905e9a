using Plotune.Mqtt.Client.Session;

namespace Plotune.Mqtt.Client.Publishing;

/// <content>What is sent, and when.</content>
internal sealed partial class PublishPipeline
{
    /// <summary>How many identifiers of a session that an earlier process has left are released at once.</summary>
    private const int CleanedAtOnce = 512;

    private readonly HashSet<ushort> _cleaning = [];
    private readonly HashSet<ushort> _releasedAgain = [];
    private ServerLimits? _limits;
    private Action? _wake;
    private PumpState _pump;
    private PendingPublish? _resend;
    private PendingPublish? _release;
    private PendingPublish? _alone;
    private int _outstanding;
    private long _withdrawn;
    private long _lastProgress;
    private bool _isWritingExchanges;

    private enum PumpState
    {
        /// <summary>It will take again without being woken.</summary>
        Working,

        /// <summary>Nothing waited.</summary>
        Idle,

        /// <summary>What waits must wait for an answer of the broker.</summary>
        Blocked,
    }

    private int Window => Math.Min(_limits?.Window ?? 0, LargestWindow);

    /// <summary>Takes the packets to be written next; <see cref="Written"/> must follow once they are, before the next call.</summary>
    /// <param name="batch">Empty; stays so if nothing can be sent before the pump is woken.</param>
    public void Take(OutgoingBatch batch)
    {
        lock (_lock)
        {
            if (_limits is { } limits)
            {
                var now = timeProvider.GetTimestamp();
                TakeReleases(batch);
                TakeWaiting(batch, limits, now);
                while (TryTakeResent(batch, limits, now))
                    TakeWaiting(batch, limits, now);
                _isWritingExchanges = batch.HasExchanges;
            }

            if (batch.Count == 0)
                _pump = _waiting.First is null && _resend is null ? PumpState.Idle : PumpState.Blocked;
        }

        _completions.Tell();
    }

    /// <summary>The packets taken last are written to the connection.</summary>
    public void Written()
    {
        lock (_lock)
        {
            if (_isWritingExchanges)
                _lastProgress = timeProvider.GetTimestamp();
            _isWritingExchanges = false;
            while (_writing.First is { } publish)
                Finish(publish, Delivered);
        }

        _completions.Tell();
    }

    /// <summary>How long until the broker has acknowledged nothing for <paramref name="limit"/> although it should have; zero or less if it is so now.</summary>
    public TimeSpan UntilStalled(TimeSpan limit)
    {
        lock (_lock)
        {
            // While it is being written nothing of it can be acknowledged: a large message takes its time on a slow line.
            return (_outstanding == 0 && _cleaning.Count == 0) || _isWritingExchanges ? limit : limit - timeProvider.GetElapsedTime(_lastProgress);
        }
    }

    // In the order of PUBREC [MQTT-4.6.0-4]; on a new connection of the session all of them once more [MQTT-4.4.0-1].
    private void TakeReleases(OutgoingBatch batch)
    {
        for (; _release is { } publish && batch.HasRoom; _release = publish.Next)
        {
            publish.IsReleaseSent = true;
            batch.Add(new OutgoingPacket(null, publish.PacketIdentifier));
        }

        foreach (var identifier in _releasedAgain)
        {
            if (!batch.HasRoom)
                return;
            _releasedAgain.Remove(identifier);
            batch.Add(new OutgoingPacket(null, identifier));
        }
    }

    /// <summary>Sends one again, with its identifier [MQTT-4.4.0-1], in their order [MQTT-4.6.0-1].</summary>
    /// <returns>False if there is none, or none that may be sent now.</returns>
    private bool TryTakeResent(OutgoingBatch batch, ServerLimits limits, long now)
    {
        if (_resend is not { } publish || !batch.HasRoom || !HasPlaceFor(publish) || (_waiting.First is { } waiting && ComesNext(waiting)))
            return false;
        if (PublishRules.Refuse(publish.Publish, limits, out var size) is { } refused)
        {
            // The broker may hold it, under an identifier that must be released before it stands for another message.
            Finish(publish, refused with { Reason = $"{refused.Reason} It was sent on an earlier connection, and may have arrived." }, isIdentifierClean: false);
            return true;
        }

        _resend = publish.Next;
        Send(publish, batch, size, isAgain: true, now);
        return true;
    }

    /// <summary>What waits comes after what is sent again, but for a message of QoS 0 whose write failed: it keeps its place.</summary>
    private bool ComesNext(PendingPublish waiting) =>
        _resend is not { } resent || (waiting.Publish.QualityOfService == QualityOfService.AtMostOnce && waiting.Sequence < resent.Sequence);

    private void TakeWaiting(OutgoingBatch batch, ServerLimits limits, long now)
    {
        while (_waiting.First is { } publish && ComesNext(publish) && batch.HasRoom)
        {
            if (_verdicts.HasAny && _verdicts.IsRefused(publish.Publish.Topic))
            {
                Finish(publish, OnSuchTopic);
                continue;
            }

            if (!HasPlaceFor(publish))
                return;
            if (PublishRules.Refuse(publish.Publish, limits, out var size) is { } refused)
            {
                Finish(publish, refused);
                continue;
            }

            // What was sent before may have arrived, so that it cannot be said to have expired.
            if (!publish.WasSent && RemainingLife(publish, now) <= TimeSpan.Zero)
            {
                Finish(publish, Expired);
                continue;
            }

            if (publish.Publish.QualityOfService == QualityOfService.AtMostOnce)
            {
                Move(publish, PublishStage.Writing);
            }
            else
            {
                var identifier = publish.Publish.QualityOfService == QualityOfService.ExactlyOnce ? identifiers.TakeClean() : identifiers.Take();
                if (identifier == 0)
                {
                    Clean(batch, now);
                    return;
                }

                publish.PacketIdentifier = identifier;
                _exchanges.Add(identifier, publish);
                Move(publish, PublishStage.Sent);
            }

            Send(publish, batch, size, isAgain: false, now);
        }
    }

    private void Send(PendingPublish publish, OutgoingBatch batch, int size, bool isAgain, long now)
    {
        if (_outstanding == 0)
            _lastProgress = now;
        if (publish.Stage == PublishStage.Sent)
            Occupy(publish);
        if (publish.WasSent)
            Volatile.Write(ref _sentAgain, _sentAgain + 1);
        var isSuspect = IsSuspect(publish);
        if (isSuspect)
        {
            // One that only its topic speaks against gets a second try: a connection may end for another reason at the same moment.
            publish.Strikes = Math.Max(publish.Strikes, SuspectAfter - 1);
            _alone = publish;
        }

        publish.WasSent = true;
        publish.SentAt = now;
        batch.Add(new OutgoingPacket(publish.Publish, publish.PacketIdentifier)
        {
            IsAgain = isAgain,
            KeepsTopic = isSuspect,
            ExpirySeconds = publish.Publish.Properties.Expiry is null ? 0 : WholeSeconds(RemainingLife(publish, now)),
            Size = size,
        });
    }

    /// <summary>
    /// The first QoS 2 message in a session that another process began: the broker may hold one of its messages under any identifier, PUBREC sent and PUBREL
    /// outstanding, and would take ours for its repetition, answer it and drop it [MQTT-4.3.3-10]. PUBREL ends that, and its PUBCOMP proves it, whether or not it knew the
    /// identifier [MQTT-4.3.3-11]; a message held is delivered by it, as its sender wanted.
    /// </summary>
    private void Clean(OutgoingBatch batch, long now)
    {
        if (_cleaning.Count > 0)
            return;
        if (_outstanding == 0)
            _lastProgress = now;
        while (_cleaning.Count < CleanedAtOnce && batch.HasRoom && identifiers.TakeUnclean() is var identifier and not 0)
        {
            _cleaning.Add(identifier);
            batch.Add(new OutgoingPacket(null, identifier));
        }
    }

    /// <summary>Order is kept: what has no place holds up all that was given after it, QoS 0 as well [MQTT-4.9.0-2].</summary>
    private bool HasPlaceFor(PendingPublish publish)
    {
        if (_alone is not null)
            return false;
        if (IsSuspect(publish))
            return _outstanding == 0 && _writing.Count == 0;
        return publish.Publish.QualityOfService == QualityOfService.AtMostOnce || _outstanding < Window;
    }

    private bool IsSuspect(PendingPublish publish) => publish.Strikes >= SuspectAfter || (_verdicts.HasAny && _verdicts.IsSuspect(publish.Publish.Topic));

    private void Move(PendingPublish publish, PublishStage stage)
    {
        ListOf(publish.Stage).Remove(publish);
        publish.Stage = stage;
        ListOf(stage).AddLast(publish);
    }

    private TimeSpan RemainingLife(PendingPublish publish, long now) =>
        publish.Publish.Properties.Expiry is { } expiry ? expiry - timeProvider.GetElapsedTime(publish.GivenAt, now) : TimeSpan.MaxValue;

    // What was sent before is sent again even if it has expired [MQTT-4.3.3-7]; zero seconds would have it thrown away.
    private static uint WholeSeconds(TimeSpan life) => (uint)Math.Clamp(Math.Ceiling(life.TotalSeconds), 1, uint.MaxValue);

    private void Wake(PumpState from)
    {
        if (_pump != from || _limits is null)
            return;
        _pump = PumpState.Working;
        _wake?.Invoke();
    }
}
