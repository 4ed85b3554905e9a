using Plotune.Mqtt.Client;
using Plotune.Mqtt.Payloads;
using Plotune.Mqtt.Payloads.Signed;
using Plotune.Mqtt.Worker.Ipc;

namespace Plotune.Mqtt.Worker.Ingest;

/// <summary>
/// From PUBLISH to samples in the pipe: looks up the topic by its bytes, decodes, appends to the batch, and hands the batch over in one blocking
/// write. Nothing is dropped here: while the agent is behind, the write holds the lane, and the lane holds the broker.
/// </summary>
/// <remarks>
/// Arrival is one reading of the clock per batch, taken at its first message. The lane hands over whenever it has decoded what one read of the socket
/// gave, so a batch is at most one read and 64 KiB of samples old: under a millisecond of work. Messages that were left to gather before the read came before that,
/// each at a time of its own, by <see cref="InboundPublish.AgeMicros"/>.
/// </remarks>
internal sealed class IngestHandler : IPublishHandler
{
    /// <summary>A batch of this length is handed over before the next message.</summary>
    public const int BatchLength = 64 << 10;

    /// <summary>A longer payload is decoded at once: its own bytes cost more than the look-up.</summary>
    private const int LongestHeld = 1024;

    private readonly AgentPipe _pipe;
    private readonly MessageLog _log;
    private readonly IngestCounters _counters;
    private readonly IngestNotices _notices;
    private readonly TimeProvider _timeProvider;
    private readonly TopicPart? _part;
    private readonly EnvelopeVerifier? _verifier;
    private readonly OwnTopics? _own;
    private readonly SignalRegistry _registry;
    private readonly TopicTable _topics;
    private readonly SamplesWriter _samples = new();
    private readonly DecodedMessage _message = new();
    private readonly HeldMessages _held;
    private long _arrivalMicros;
    private long _sampleCount;
    private long _leftToOthers;
    private long _ownMessages;
    private bool _hasMessages;

    /// <param name="send">Takes notices; must not block.</param>
    /// <param name="part">Whose topics are decoded; null decodes all.</param>
    /// <param name="verifier">Opens the signed envelopes that alone are taken; null takes payloads as they are. Stays the caller's.</param>
    /// <param name="own">Topics whose messages are left out, since the connection itself publishes to them; null leaves out none.</param>
    public IngestHandler(
        WorkerLimits limits,
        AgentPipe pipe,
        MessageLog log,
        IngestCounters counters,
        Action<WorkerNotice> send,
        TimeProvider timeProvider,
        TopicPart? part = null,
        EnvelopeVerifier? verifier = null,
        OwnTopics? own = null)
    {
        _part = part;
        _verifier = verifier;
        _own = own;
        _pipe = pipe;
        _log = log;
        _counters = counters;
        _notices = new IngestNotices(limits, send);
        _timeProvider = timeProvider;
        _registry = new SignalRegistry(limits, pipe);
        var options = new PayloadOptions
        {
            MaximumDepth = limits.MaximumDepth,
            MaximumLeaves = limits.MaximumLeaves,
            MaximumTextBytes = limits.MaximumTextBytes,
            TimestampTolerance = TimeSpan.FromSeconds(limits.TimestampToleranceSeconds),
        };
        _topics = new TopicTable(new PayloadDecoders(_registry, options), limits.MaximumSignals);
        _held = new HeldMessages(_topics);
    }

    public bool OnPublish(in InboundPublish publish)
    {
        if (_part is { } part && !part.Contains(publish.Topic))
        {
            _leftToOthers++;
            return true;
        }

        if (_own is { HasAny: true } own && own.Contains(publish.Topic))
        {
            _ownMessages++;
            return true;
        }

        if (!_hasMessages)
        {
            _hasMessages = true;
            _arrivalMicros = (_timeProvider.GetUtcNow().Ticks - DateTimeOffset.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;
        }

        if (_topics.IsScattered && publish.Payload.Length <= LongestHeld && _verifier is null)
        {
            _held.Add(in publish);
            if (_held.Count == HeldMessages.Capacity)
                IngestHeld();
        }
        else
        {
            IngestAllHeld();
            _log.Note(in publish, Ingest(in publish));
        }

        return _samples.Length + _registry.PendingLength < BatchLength;
    }

    public ValueTask HandOverAsync(CancellationToken cancellationToken)
    {
        IngestAllHeld();
        _log.Commit(_arrivalMicros);
        if (_hasMessages)
            _counters.SetLastMessage(_arrivalMicros);
        _hasMessages = false;
        if (_registry.PendingLength > 0)
        {
            FrameBuffer frames = _registry.Take();
            if (!_samples.IsEmpty)
                frames.AppendFrames(_samples.GetFrame());

            _pipe.WriteFrames(frames.Frames);
            frames.Clear();
        }
        else if (!_samples.IsEmpty)
        {
            _pipe.WriteFrames(_samples.GetFrame());
        }

        _samples.Clear();
        _counters.AddSamples(_sampleCount);
        _sampleCount = 0;
        _counters.AddLeftToOthers(_leftToOthers);
        _leftToOthers = 0;
        _counters.AddOwnMessages(_ownMessages);
        _ownMessages = 0;
        _counters.Wake();
        return ValueTask.CompletedTask;
    }

    private void IngestAllHeld()
    {
        if (_held.Count == 0)
            return;

        while (_held.Count > 0)
            IngestHeld();
        _held.Clear();
    }

    private void IngestHeld()
    {
        ref readonly InboundPublish publish = ref _held.Take(out TopicEntry? topic);
        _log.Note(in publish, Ingest(in publish, publish.Payload, topic));
    }

    private IngestOutcome Ingest(in InboundPublish publish)
    {
        ReadOnlySpan<byte> payload = publish.Payload;

        // First of all, so that who does not know the secret leaves no topic behind and uses up no limit. An empty payload is no exception: it would make gaps.
        if (_verifier is not null && _verifier.Open(payload, out payload) is var envelope && envelope != EnvelopeResult.Verified)
            return Fail(publish.Topic, IngestOutcomes.From(envelope));

        return Ingest(in publish, payload, _topics.Get(publish.Topic));
    }

    private IngestOutcome Ingest(in InboundPublish publish, ReadOnlySpan<byte> payload, TopicEntry? topic)
    {
        if (topic is null)
        {
            _counters.AddRefused(1);
            _notices.TopicRefused(_topics.Count);
            return IngestOutcome.TopicRefused;
        }

        DecodeResult result = topic.Decoder.Decode(payload, _arrivalMicros - publish.AgeMicros, _message);
        if (result != DecodeResult.Decoded)
            return Fail(publish.Topic, IngestOutcomes.From(result));

        ReadOnlySpan<SignalSample> samples = _message.Samples;
        _samples.Append(_message.TimeMicros, publish.Retained, samples, _message.Text);
        _sampleCount += samples.Length;
        if (_message.LeavesLeftOut > 0)
        {
            _counters.AddRefused(_message.LeavesLeftOut);
            _notices.LeavesLeftOut(topic, _registry.IsExhausted);
        }

        return IngestOutcome.Decoded;
    }

    private IngestOutcome Fail(ReadOnlySpan<byte> topic, IngestOutcome failure)
    {
        _counters.AddFailure(failure);
        _notices.DecodeFailed(topic, failure, _arrivalMicros);
        return failure;
    }
}
