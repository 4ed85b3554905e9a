using Plotune.Mqtt.Client;
using Plotune.Mqtt.Payloads.Signed;
using Plotune.Mqtt.Worker.Ingest;
using Plotune.Mqtt.Worker.Ipc;

namespace Plotune.Mqtt.Worker.Publishing;

/// <summary>
/// Hands the agent's messages to the broker connection in their order, and reports how each ended. A message without a report is still being delivered; when the
/// worker ends, the agent gives what was not reported to the next one.
/// </summary>
/// <param name="own">Learns the topics before anything is published to them; null if nobody asks.</param>
/// <param name="signer">Wraps what is published in signed envelopes; null publishes it as it is.</param>
internal sealed class AgentPublisher(
    PublishReports reports, MessageLog log, OwnTopics? own, TimeProvider timeProvider, EnvelopeSigner? signer = null)
{
    internal const string NotSignable = "NotSignable";

    private const string ContentType = "application/json";

    /// <summary>What may come before there is a connection object, which takes milliseconds.</summary>
    private const int MaximumEarlyBytes = 64 << 20;

    private static readonly MessageProperties Json = new() { IsText = true, ContentType = ContentType };

    private readonly Lock _lock = new();

    // One for each source, so that nothing is allocated per message to remember where it came from.
    private readonly IPublishCompletion?[] _completions = new IPublishCompletion?[Enum.GetValues<PublishSource>().Length];
    private Queue<PublishRequest>? _early = new();
    private long _earlyBytes;
    private BrokerConnection? _connection;

    /// <summary>Takes messages; never waits. Called by one thread.</summary>
    /// <exception cref="FrameException">More messages are without a report than an agent may give; it has lost count.</exception>
    public void Take(IReadOnlyList<PublishRequest> requests)
    {
        lock (_lock)
        {
            if (_early is null)
            {
                foreach (PublishRequest request in requests)
                    Publish(request);

                return;
            }

            foreach (PublishRequest request in requests)
            {
                _early.Enqueue(request);
                _earlyBytes += PublishFrame.LengthOf(request);
            }

            if (_earlyBytes > MaximumEarlyBytes || _early.Count > PublishReports.Maximum)
                throw new FrameException("The agent gives more messages to publish than the worker can hold.");
        }
    }

    /// <summary>From now on messages are published over this connection, those that have come before it first. Once only.</summary>
    public void Begin(BrokerConnection connection)
    {
        lock (_lock)
        {
            _connection = connection;
            while (_early!.TryDequeue(out PublishRequest? request))
                Publish(request);

            _early = null;
        }
    }

    /// <summary>Takes how a publish ended; any thread.</summary>
    internal void OnCompleted(PublishSource source, OutboundPublish publish, long id, in PublishResult result)
    {
        // Not delivered and not refused: the next worker gets it.
        if (result.Outcome == PublishOutcome.ConnectionLost)
            return;

        bool isDelivered = result.Outcome == PublishOutcome.Delivered;
        log.Record(publish, source, Micros(), isDelivered ? null : result.Reason);
        reports.Add(isDelivered ? new PublishReport(id) : new PublishReport(id, result.ReasonName, result.Reason));
    }

    private void Publish(PublishRequest request)
    {
        if (reports.IsFull)
            throw new FrameException("The agent gives messages to publish, but reads no reports of them.");

        if (signer is not null)
        {
            // Unsigned it must not go out.
            if (!signer.TryWrap(request.Payload.Span, out byte[]? envelope))
            {
                const string Sentence = "Only text can be signed, and this payload is not well-formed UTF-8, or longer than a packet may be.";
                log.Record(ToPublish(request), request.Source, Micros(), Sentence);
                reports.Add(new PublishReport(request.Id, NotSignable, Sentence));
                return;
            }

            request = request with { Payload = envelope, IsJson = true };
        }

        own?.Add(request.Topic);
        try
        {
            _connection!.Publish(ToPublish(request), CompletionOf(request.Source), request.Id);
        }
        catch (PublishBacklogException exception)
        {
            throw new FrameException($"The agent gives more messages to publish than the worker can hold: {exception.Message}", exception);
        }
    }

    private IPublishCompletion CompletionOf(PublishSource source) => _completions[(int)source] ??= new Completion(this, source);

    private static OutboundPublish ToPublish(PublishRequest request) => new(request.Topic, request.Payload, request.QualityOfService, request.Retain)
    {
        Properties = PropertiesOf(request),
    };

    private static MessageProperties PropertiesOf(PublishRequest request)
    {
        MessageProperties properties = request.IsJson ? Json : MessageProperties.None;
        return request.ExpirySeconds == 0 ? properties : properties with { Expiry = TimeSpan.FromSeconds(request.ExpirySeconds) };
    }

    private long Micros() => (timeProvider.GetUtcNow().Ticks - DateTimeOffset.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;

    private sealed class Completion(AgentPublisher publisher, PublishSource source) : IPublishCompletion
    {
        public void Completed(OutboundPublish publish, long id, in PublishResult result) => publisher.OnCompleted(source, publish, id, in result);
    }
}
