using System.Buffers.Binary;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Threading.Channels;
using Plotune.Mqtt.Worker.Ingest;
using Plotune.Mqtt.Worker.Ipc;

namespace Plotune.Mqtt.Worker.Hosting;

/// <summary>
/// Reads what the agent says, on a thread of its own: a pending read of standard input observes no token, so the thread ends with its stream or with
/// the process. It never waits for anything but the agent.
/// </summary>
internal sealed class AgentInput
{
    private const int PingLength = 8;
    private const int RequestLength = 4;

    private readonly FrameReader _reader;
    private readonly ControlOutbox _outbox;
    private readonly WorkerLifetime _lifetime;
    private readonly TaskCompletionSource<WorkerStart> _started = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Every list replaces the one before, so only the newest matters.
    private readonly Channel<WorkerTopic[]> _topics = Channel.CreateBounded<WorkerTopic[]>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true, SingleWriter = true });

    private bool _greeted;
    private MessageLog? _log;

    public AgentInput(Stream input, ControlOutbox outbox, WorkerLifetime lifetime)
    {
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

            case FrameKind.Start when _log is null:
                WorkerSettings settings = Parse(frame, WorkerJson.Default.WorkerSettings);
                SettingsCheck.ThrowIfInvalid(settings);
                _log = new MessageLog(settings.Limits.MessageLogEntries, settings.Limits.MessageLogPayloadBytes);
                _started.TrySetResult(new WorkerStart(settings, _log));
                return true;

            case FrameKind.Subscribe when _log is not null:
                WorkerTopic[] topics = Parse(frame, WorkerJson.Default.WorkerTopicArray);
                SettingsCheck.ThrowIfInvalid(topics);
                _topics.Writer.TryWrite(topics);
                return true;

            case FrameKind.MessagesRequest when _log is { } log:
                uint request = BinaryPrimitives.ReadUInt32LittleEndian(Fixed(frame, RequestLength));
                _outbox.Post(FrameKind.Messages, () => JsonSerializer.SerializeToUtf8Bytes(new WorkerMessages(request, log.Read()), WorkerJson.Default.WorkerMessages));
                return true;

            case FrameKind.Shutdown:
                _lifetime.End(WorkerEnd.AskedTo);
                return false;

            default:
                throw new FrameException($"A frame of kind {frame.Kind} is unknown, or comes out of turn.");
        }
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
