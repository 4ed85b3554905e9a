using Plotune.Mqtt.Client.Session;

namespace Plotune.Mqtt.Client.Publishing;

/// <summary>
/// What is published over a <see cref="BrokerConnection"/>, over as many network connections as it takes: in the order given, within the broker's Receive
/// Maximum, until it is acknowledged or refused (MQTT 5.0, 4.3, 4.4, 4.6 and 4.9). Knows no socket: a <see cref="PublishPump"/> takes packets out and sends them, the
/// lane puts answers in. Any thread.
/// </summary>
/// <remarks>
/// A publish goes from <c>_waiting</c> to <c>_writing</c> at QoS 0, to <c>_unacknowledged</c> otherwise, and from there at QoS 2 to <c>_released</c>. Both of the last are in the order in
/// which their packets must be sent, so that on a new connection of the session a cursor in each says how far they have been sent again; only
/// then comes what waits, but for a publish of QoS 0 whose write failed, which keeps its place among them.
/// </remarks>
internal sealed partial class PublishPipeline(PacketIdentifiers identifiers, TimeProvider timeProvider)
{
    /// <summary>Publishes that may be unfinished, and bytes of them; a single one of any size is taken.</summary>
    internal const int MaximumPublishes = 65_536;

    /// <inheritdoc cref="MaximumPublishes"/>
    internal const long MaximumBytes = 64 << 20;

    /// <summary>Beyond this a larger Receive Maximum gains nothing.</summary>
    private const int LargestWindow = 10_000;

    private const int KeptForUse = 16_384;

    private static readonly PublishResult Delivered = new(PublishOutcome.Delivered);

    private static readonly PublishResult ConnectionLost =
        new(PublishOutcome.ConnectionLost, "ConnectionLost", "The connection ended for good before the message was acknowledged.");

    private static readonly PublishResult Expired = new(PublishOutcome.Expired, "MessageExpired", "The message expired before there was a connection to send it on.");

    private readonly Lock _lock = new();
    private readonly CompletionQueue _completions = new();
    private readonly PublishList _waiting = new();
    private readonly PublishList _writing = new();
    private readonly PublishList _unacknowledged = new();
    private readonly PublishList _released = new();
    private readonly Dictionary<ushort, PendingPublish> _exchanges = [];
    private readonly Stack<PendingPublish> _unused = new();
    private long _given;
    private long _bytes;
    private long _sentAgain;
    private bool _isClosed;
    private bool _hadConnection;

    /// <summary>PUBLISH packets sent once more, in the same session or in a new one, over all connections.</summary>
    public long SentAgain => Volatile.Read(ref _sentAgain);

    /// <summary>Whether something was sent on this connection and awaits its answer, or is being written.</summary>
    public bool IsUnderWay
    {
        get
        {
            lock (_lock)
                return _outstanding > 0 || _writing.Count > 0;
        }
    }

    /// <summary>Takes a publish; it is sent after all given before, as soon as there is a connection.</summary>
    /// <param name="id">The caller's number for it.</param>
    /// <returns>For <see cref="Withdraw"/>.</returns>
    /// <exception cref="PublishBacklogException">Too much waits; nothing was taken.</exception>
    public PublishTicket Publish(OutboundPublish publish, IPublishCompletion completion, long id)
    {
        PublishTicket ticket = default;
        lock (_lock)
        {
            if (_isClosed)
                _completions.Add(completion, publish, id, ConnectionLost);
            else
                ticket = Enqueue(publish, completion, id);
        }

        _completions.Tell();
        return ticket;
    }

    /// <summary>Takes a publish back whose end nobody waits for, unless it has ended or is in flight: its completion is not called then.</summary>
    /// <returns>False if it has ended or is in flight.</returns>
    public bool Withdraw(PublishTicket ticket)
    {
        lock (_lock)
        {
            if (ticket.Publish is not { Stage: PublishStage.Waiting } publish || publish.Sequence != ticket.Sequence)
                return false;
            Drop(publish);
            _withdrawn++;
            Wake(PumpState.Blocked);
            return true;
        }
    }

    /// <summary>CONNACK has accepted us. Nothing is sent before <see cref="Open"/>.</summary>
    /// <param name="isSessionPresent">Session Present of CONNACK.</param>
    public void Resume(bool isSessionPresent)
    {
        lock (_lock)
        {
            if (!isSessionPresent)
                BeginSession();
            else if (!_hadConnection)
                identifiers.DoubtAll();
            _hadConnection = true;
        }

        _completions.Tell();
    }

    /// <summary>From now on <see cref="Take"/> gives packets.</summary>
    /// <param name="wake">Called when there may be something to take again after there was nothing; must not block.</param>
    public void Open(ServerLimits limits, Action wake)
    {
        lock (_lock)
        {
            _limits = limits;
            _wake = wake;
            _pump = PumpState.Working;
            _resend = _unacknowledged.First;
            _release = _released.First;
            _lastProgress = timeProvider.GetTimestamp();
            // Some brokers count them in the new quota, too; MQTT 5.0 (4.9) does not ask for it.
            for (var publish = _released.First; publish is not null; publish = publish.Next)
                Occupy(publish);
        }
    }

    /// <summary>The connection has ended, and nothing is taken or answered any more: what was not acknowledged waits for the next one.</summary>
    public SuspendOutcome Suspend(ConnectionEnd end)
    {
        SuspendOutcome outcome;
        lock (_lock)
        {
            var wasOutstanding = _outstanding > 0 || _writing.Count > 0;
            _limits = null;
            _wake = null;
            _resend = _release = null;
            outcome = new SuspendOutcome(wasOutstanding, Blame(end));
            ForgetConnection(_unacknowledged);
            ForgetConnection(_released);
            // A QoS 0 message whose write failed was not written to a live connection, although part of it may have arrived.
            ForgetConnection(_writing);
            _waiting.Merge(_writing);
            _outstanding = 0;
            _isWritingExchanges = false;
            _alone = null;
            _releasedAgain.Clear();
            foreach (var identifier in _cleaning)
                identifiers.Return(identifier);
            _cleaning.Clear();
        }

        _completions.Tell();
        return outcome;
    }

    /// <summary>There will be no further connection: everything ends, and what is given from now on ends at once.</summary>
    public void Close()
    {
        lock (_lock)
        {
            _isClosed = true;
            _limits = null;
            _wake = null;
            // A message whose PUBREC has come may need our PUBREL to be delivered, so that it does not count as delivered to a caller that will go on without us.
            foreach (var list in (ReadOnlySpan<PublishList>)[_released, _unacknowledged, _writing, _waiting])
            {
                while (list.First is { } publish)
                    Finish(publish, ConnectionLost);
            }
        }

        _completions.Tell();
    }

    private PublishTicket Enqueue(OutboundPublish publish, IPublishCompletion completion, long id)
    {
        var unfinished = _given - _withdrawn - _completions.Told;
        if (unfinished >= MaximumPublishes || (_bytes > 0 && _bytes + SizeOf(publish) > MaximumBytes))
            throw new PublishBacklogException((int)unfinished, _bytes);
        var pending = _unused.TryPop(out var used) ? used : new PendingPublish();
        pending.Publish = publish;
        pending.Completion = completion;
        pending.Id = id;
        pending.Sequence = ++_given;
        pending.GivenAt = publish.Properties.Expiry is null ? 0 : timeProvider.GetTimestamp();
        _bytes += SizeOf(publish);
        _waiting.AddLast(pending);
        Wake(PumpState.Idle);
        return new PublishTicket(pending, pending.Sequence);
    }

    /// <summary>The broker has no session of ours: what it did not acknowledge is new to it.</summary>
    private void BeginSession()
    {
        identifiers.Reset();
        _exchanges.Clear();
        // PUBREC says that the broker owns the message [MQTT-4.3.3-8], and once PUBREL was sent the message must not be sent again [MQTT-4.3.3-6]: to send it as a new
        // one would deliver it twice wherever the broker passed it on with PUBREC. Whoever chose QoS 2 wants that least.
        while (_released.First is { } released)
            Finish(released, Delivered);
        for (var publish = _unacknowledged.First; publish is not null; publish = publish.Next)
        {
            publish.Stage = PublishStage.Waiting;
            publish.PacketIdentifier = 0;
        }

        _waiting.Merge(_unacknowledged);
    }

    private static void ForgetConnection(PublishList list)
    {
        for (var publish = list.First; publish is not null; publish = publish.Next)
        {
            publish.IsOutstanding = false;
            publish.IsReleaseSent = false;
            if (publish.Stage == PublishStage.Writing)
                publish.Stage = PublishStage.Waiting;
        }
    }

    private void Occupy(PendingPublish publish)
    {
        if (publish.IsOutstanding)
            return;
        publish.IsOutstanding = true;
        _outstanding++;
    }

    private void Finish(PendingPublish publish, in PublishResult result, bool? isIdentifierClean = null)
    {
        if (_verdicts.HasAny && result.Outcome == PublishOutcome.Delivered && publish.Publish.QualityOfService != QualityOfService.AtMostOnce)
            _verdicts.Acquit(publish.Publish.Topic);
        _completions.Add(publish.Completion, publish.Publish, publish.Id, in result);
        Drop(publish, isIdentifierClean);
    }

    /// <summary>Takes it out of wherever it is, and uses it again.</summary>
    private void Drop(PendingPublish publish, bool? isIdentifierClean = null)
    {
        Leave(publish, isIdentifierClean);
        _bytes -= SizeOf(publish.Publish);
        publish.Publish = null!;
        publish.Completion = null!;
        publish.Sequence = 0;
        publish.SentAt = 0;
        publish.WasSent = false;
        publish.Strikes = 0;
        publish.Collisions = 0;
        publish.IsReleaseSent = false;
        publish.Stage = PublishStage.Waiting;
        if (_unused.Count < KeptForUse)
            _unused.Push(publish);
    }

    /// <summary>Takes it out of its list, and gives back its packet identifier and its place in the broker's quota.</summary>
    private void Leave(PendingPublish publish, bool? isIdentifierClean)
    {
        if (_resend == publish)
            _resend = publish.Next;
        if (_release == publish)
            _release = publish.Next;
        if (_alone == publish)
            _alone = null;
        ListOf(publish.Stage).Remove(publish);
        if (publish.IsOutstanding)
            _outstanding--;
        publish.IsOutstanding = false;
        if (publish.PacketIdentifier == 0)
            return;
        _exchanges.Remove(publish.PacketIdentifier);
        identifiers.Return(publish.PacketIdentifier, isIdentifierClean);
        publish.PacketIdentifier = 0;
    }

    private PublishList ListOf(PublishStage stage) => stage switch
    {
        PublishStage.Waiting => _waiting,
        PublishStage.Writing => _writing,
        PublishStage.Sent => _unacknowledged,
        _ => _released,
    };

    private static long SizeOf(OutboundPublish publish) => publish.Payload.Length + publish.Topic.Length;
}
