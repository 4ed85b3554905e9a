using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Threading.Channels;
using Plotune.Mqtt.Client;
using Plotune.Mqtt.Payloads.Signed;
using Plotune.Mqtt.Worker.Ingest;
using Plotune.Mqtt.Worker.Ipc;
using Plotune.Mqtt.Worker.Publishing;

namespace Plotune.Mqtt.Worker.Hosting;

/// <summary>
/// Reads what the agent says, on a thread of its own: a pending read of standard input observes no token, so the thread ends with its stream or with
/// the process. It never waits for anything but the agent.
/// </summary>
internal sealed class AgentInput
{
    private const int PingLength = 8;

    private readonly FrameReader _reader;
    private readonly AgentPipe _pipe;
    private readonly ControlOutbox _outbox;
    private readonly WorkerLifetime _lifetime;
    private readonly TaskCompletionSource<WorkerStart> _started = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Every list replaces the one before, so only the newest matters.
    private readonly Channel<WorkerTopic[]> _topics = Channel.CreateBounded<WorkerTopic[]>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true, SingleWriter = true });

    private bool _greeted;
    private WorkerStart? _start;

    public AgentInput(Stream input, AgentPipe pipe, ControlOutbox outbox, WorkerLifetime lifetime)
    {
        _pipe = pipe;
        _reader = new FrameReader(input);
        _outbox = outbox;
        _lifetime = lifetime;
    }

    /// <summary>Completes with the Start frame; never, if none comes.</summary>
    public Task<WorkerStart> Started => _started.Task;

    /// <summary>The newest list of topics that Subscribe frames have brought.</summary>
    public ChannelReader<WorkerTopic[]> Topics => _topics.Reader;

    public void Start() => new Thread(Read) { IsBackground = true, Name = "agent input" }.Start();

    private void Read()
    {
        try
        {
            while (_reader.TryRead(out FrameView frame))
            {
                if (!Handle(frame))
                    return;
            }

            _lifetime.End(WorkerEnd.InputEnded);
        }
        catch (FrameException exception)
        {
            _lifetime.End(new WorkerEnd(WorkerEnd.BrokenContract, exception.Message));
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException)
        {
            _lifetime.End(WorkerEnd.InputEnded);
        }
        catch (Exception exception)
        {
            _lifetime.End(new WorkerEnd(WorkerEnd.UnexpectedFailure, exception.ToString()));
        }
    }

    /// <returns>False if nothing more is to be read.</returns>
    private bool Handle(FrameView frame)
    {
        if (!_greeted)
            return Greet(frame);

        switch (frame.Kind)
        {
            case FrameKind.Ping:
                _outbox.Post(FrameKind.Pong, Fixed(frame, PingLength).ToArray());
                return true;

            case FrameKind.Start when _start is null:
                WorkerSettings settings = Parse(frame, WorkerJson.Default.WorkerSettings);
                SettingsCheck.ThrowIfInvalid(settings);
                _started.TrySetResult(_start = Begin(settings));
                return true;

            case FrameKind.Subscribe when _start is not null:
                WorkerTopic[] topics = Parse(frame, WorkerJson.Default.WorkerTopicArray);
                SettingsCheck.ThrowIfInvalid(topics);
                _topics.Writer.TryWrite(topics);
                return true;

            case FrameKind.Publish when _start is { Settings.Mode: WorkerMode.Run, Publisher: { } publisher }:
                publisher.Take(PublishFrame.Read(frame.Body));
                return true;

            case FrameKind.OwnTopics when _start is { Own: var own }:
                string[] ownTopics = Parse(frame, WorkerJson.Default.StringArray);
                SettingsCheck.ThrowIfInvalid(ownTopics);
                foreach (string topic in ownTopics)
                    own?.Add(topic);

                return true;

            case FrameKind.Pace when _start is { ReadPause: var readPause }:
                readPause.Value = PaceFrame.Read(frame.Body).Pause;
                return true;

            case FrameKind.MessagesRequest when _start is { Log: { } log }:
                var request = MessagesRequestFrame.Read(frame.Body);
                _outbox.Post(FrameKind.Messages, () => JsonSerializer.SerializeToUtf8Bytes(new WorkerMessages(request.RequestId, log.Read(request.From)), WorkerJson.Default.WorkerMessages));
                return true;

            case FrameKind.Shutdown:
                _lifetime.End(WorkerEnd.AskedTo);
                return false;

            default:
                throw new FrameException($"A frame of kind {frame.Kind} is unknown, or comes out of turn.");
        }
    }

    private WorkerStart Begin(WorkerSettings settings)
    {
        var log = new MessageLog(settings.Limits.MessageLogEntries, settings.Limits.MessageLogPayloadBytes);
        var own = settings.TakeOwnMessages ? null : new OwnTopics(settings.OwnTopics, TellThatOwnTopicsAreFull);
        var reports = new PublishReports(_pipe);
        EnvelopeSigner? signer = settings.SigningSecret is { } secret ? new EnvelopeSigner(secret) : null;
        return new WorkerStart(settings, log, own, new AgentPublisher(reports, log, own, TimeProvider.System, signer), reports, new ReadPause());
    }

    private void TellThatOwnTopicsAreFull()
    {
        var notice = new WorkerNotice(
            WorkerNoticeKinds.SignalLimit, "", $"Messages were published to more than {OwnTopics.MaximumTopics:N0} topics. Those that come back on further ones are taken for signals.");
        _outbox.Post(FrameKind.Notice, JsonSerializer.SerializeToUtf8Bytes(notice, WorkerJson.Default.WorkerNotice));
    }

    private bool Greet(FrameView frame)
    {
        if (frame.Kind != FrameKind.Hello)
            throw new FrameException($"The first frame is of kind {frame.Kind} instead of {FrameKind.Hello}.");

        var hello = HelloFrame.Read(frame.Body);
        if (hello.Version != HelloFrame.ContractVersion)
            throw new FrameException($"The agent speaks version {hello.Version} of the worker contract, this worker version {HelloFrame.ContractVersion}.");

        return _greeted = true;
    }

    private static ReadOnlySpan<byte> Fixed(FrameView frame, int length) => frame.Body.Length == length
        ? frame.Body
        : throw new FrameException($"A frame of kind {frame.Kind} has {frame.Body.Length} bytes instead of {length}.");

    private static T Parse<T>(FrameView frame, JsonTypeInfo<T> typeInfo)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize(frame.Body, typeInfo) ?? throw new FrameException($"A frame of kind {frame.Kind} holds null.");
        }
        catch (JsonException exception)
        {
            // Its message names the member, never the value: it may be a secret.
            throw new FrameException($"A frame of kind {frame.Kind} is not what was agreed: {exception.Message}", exception);
        }
    }
}
