using System.Collections.Concurrent;
using System.IO.Pipes;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.Extensions.Logging;
using Plotune.Mqtt.TestSupport;
using Plotune.Mqtt.Worker.Ipc;
using Plotune.Mqtt.Worker.Tests.Ingest;

namespace Plotune.Mqtt.Worker.Tests.Hosting;

/// <summary>The agent's ends of a worker's pipes, real ones, with the worker in this process. Reads what the worker says when told to, or all along.</summary>
internal sealed class AgentSide : IAsyncDisposable
{
    private readonly AnonymousPipeServerStream _toWorker = new(PipeDirection.Out);
    private readonly AnonymousPipeServerStream _fromWorker = new(PipeDirection.In);
    private readonly AnonymousPipeClientStream _workerInput;
    private readonly AnonymousPipeClientStream _workerOutput;
    private readonly BlockingCollection<(FrameKind Kind, byte[] Body)> _frames = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationToken _token;
    private Thread? _reading;
    private volatile bool _isDying;

    private AgentSide(CancellationToken token)
    {
        _token = token;
        _workerInput = new AnonymousPipeClientStream(PipeDirection.In, _toWorker.ClientSafePipeHandle);
        _workerOutput = new AnonymousPipeClientStream(PipeDirection.Out, _fromWorker.ClientSafePipeHandle);
        Writer = new FrameWriter(_toWorker);
        Reader = new FrameReader(_fromWorker);
        ExitCode = WorkerHost.RunAsync(_workerInput, _workerOutput, new LoggerOf(Logger), _stop.Token);
    }

    public FrameWriter Writer { get; }

    /// <summary>For tests that read by themselves.</summary>
    public FrameReader Reader { get; }

    public CapturingLogger Logger { get; } = new();

    public Task<int> ExitCode { get; }

    /// <summary>Starts a worker without a word from the agent.</summary>
    public static AgentSide Create(CancellationToken token, bool reads = true)
    {
        var side = new AgentSide(token);
        if (reads)
            side.Read();
        return side;
    }

    /// <summary>Starts a worker for a broker, and says Hello and Start.</summary>
    public static AgentSide Start(int port, CancellationToken token, Func<WorkerSettings, WorkerSettings>? change = null, bool reads = true)
    {
        var side = Create(token, reads);
        side.Writer.Write(FrameKind.Hello, HelloFrame.Own.ToBody());
        var settings = new WorkerSettings
        {
            Name = "Line 1",
            Host = ScriptedBroker.Host,
            Port = port,
            Protocol = "3.1.1",
            ClientId = "worker-test",
            UserName = "somebody",
            Password = "hunter2",
            Topics = [new WorkerTopic("plotune/#", 1)],
        };
        side.Send(FrameKind.Start, change is null ? settings : change(settings), WorkerJson.Default.WorkerSettings);
        return side;
    }

    public void Send<T>(FrameKind kind, T value, JsonTypeInfo<T> typeInfo) => Writer.WriteJson(kind, value, typeInfo);

    public void CloseInput() => _toWorker.Dispose();

    /// <summary>Goes away as an agent that was killed does.</summary>
    public void Die()
    {
        _toWorker.Dispose();
        if (_reading is null)
        {
            _fromWorker.Dispose();
            return;
        }

        // Closing a pipe does not end a read that is pending on it, so a frame wakes the reader, which then closes.
        _isDying = true;
        try
        {
            new FrameWriter(_workerOutput).Write(FrameKind.Pong, []);
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException)
        {
            // It was awake already, and has closed.
        }

        _reading.Join();
    }

    public void Cancel() => _stop.Cancel();

    /// <summary>Reads all along from now on.</summary>
    public void Read()
    {
        _reading = new Thread(ReadAll) { IsBackground = true };
        _reading.Start();
    }

    /// <summary>The next frame of this kind; those before it are passed over.</summary>
    public byte[] Expect(FrameKind kind) => Expect(kind, _ => true);

    public byte[] Expect(FrameKind kind, Func<byte[], bool> condition)
    {
        var seen = new List<FrameKind>();
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(_token);
        deadline.CancelAfter(Eventually.DefaultDeadline);
        try
        {
            while (_frames.TryTake(out var frame, Timeout.Infinite, deadline.Token))
            {
                seen.Add(frame.Kind);
                if (frame.Kind == kind && condition(frame.Body))
                    return frame.Body;
            }
        }
        catch (OperationCanceledException) when (!_token.IsCancellationRequested)
        {
            // Said below.
        }

        throw new UnmetExpectationException($"The worker did not send {kind}, but: {string.Join(", ", seen)}. Log:\n{string.Join('\n', Logger.Entries)}");
    }

    public T Expect<T>(FrameKind kind, JsonTypeInfo<T> typeInfo, Func<T, bool>? condition = null) =>
        JsonSerializer.Deserialize(Expect(kind, body => condition?.Invoke(JsonSerializer.Deserialize(body, typeInfo)!) ?? true), typeInfo)!;

    public WorkerStatus ExpectState(string state) => Expect(FrameKind.Status, WorkerJson.Default.WorkerStatus, status => status.State == state);

    /// <summary>Lines as <see cref="ReadFrames"/> makes them, from the next frames of samples, until there are as many.</summary>
    public List<string> ExpectSamples(int count)
    {
        var lines = new List<string>();
        while (lines.Count < count)
            ReadFrames.Describe(new FrameView(FrameKind.Samples, Expect(FrameKind.Samples)), lines);
        return lines;
    }

    public Task<int> ExitAsync() => Eventually.CompletesAsync("the worker ends", ExitCode, _token);

    public async ValueTask DisposeAsync()
    {
        Die();
        await ExitAsync();
        await _workerInput.DisposeAsync();
        await _workerOutput.DisposeAsync();
        _stop.Dispose();
        Logger.ThrowIfLogged("hunter2");
    }

    private void ReadAll()
    {
        try
        {
            while (Reader.TryRead(out var frame) && !_isDying)
                _frames.Add((frame.Kind, frame.Body.ToArray()));
        }
        catch (FrameException) when (_isDying)
        {
            // The waking frame has come into the middle of another.
        }

        _fromWorker.Dispose();
        _frames.CompleteAdding();
    }

    private sealed class LoggerOf(ILogger logger) : ILoggerFactory
    {
        public ILogger CreateLogger(string categoryName) => logger;

        public void AddProvider(ILoggerProvider provider)
        {
        }

        public void Dispose()
        {
        }
    }
}
