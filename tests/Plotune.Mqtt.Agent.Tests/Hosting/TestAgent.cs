using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Plotune.Mqtt.Agent.Bridge;
using Plotune.Mqtt.Agent.BuiltInBroker;
using Plotune.Mqtt.Agent.Configuration;
using Plotune.Mqtt.Agent.EventSources;
using Plotune.Mqtt.Agent.Hosting;
using Plotune.Mqtt.Agent.Outbound;
using Plotune.Mqtt.Agent.Signals;
using Plotune.Mqtt.Agent.Storage;
using Plotune.Mqtt.Agent.Supervision;
using Plotune.Mqtt.Agent.Tests.Bridge;
using Plotune.Mqtt.Payloads;
using Plotune.Mqtt.TestSupport;
using Plotune.Mqtt.Worker.Ipc;
using Serilog.Core;
using Serilog.Events;

namespace Plotune.Mqtt.Agent.Tests.Hosting;

/// <summary>The whole agent on a port of its own, with <see cref="FakeConnections"/> instead of workers.</summary>
internal sealed class TestAgent : IAsyncDisposable
{
    private readonly AgentApplication _application;
    private readonly CancellationTokenSource _stop = new();
    private readonly CapturingSink _sink;
    private readonly TemporaryFolder _folder;
    private readonly Dictionary<string, WorkerSignals> _runs = [];
    private readonly Dictionary<string, int> _signalIds = [];

    private TestAgent(
        AgentApplication application, FakeConnections connections, FakeQueues queues, FakeEventSourceStore sources, SignalStore signals, CapturingSink sink, TemporaryFolder folder)
    {
        EventSources = sources;
        _application = application;
        Connections = connections;
        Queues = queues;
        Signals = signals;
        _sink = sink;
        _folder = folder;
    }

    public FakeConnections Connections { get; }

    public FakeEventSourceStore EventSources { get; }

    public FakeQueues Queues { get; }

    public SignalStore Signals { get; }

    /// <summary>Real queues; open one with the connection's name.</summary>
    public OutboundQueues Outbound => Services.GetRequiredService<OutboundQueues>();

    public Task<int> Run { get; private set; } = Task.FromResult(-1);

    public Uri Address => _application.Address;

    public HttpClient Http { get; } = new(new SocketsHttpHandler { UseProxy = false });

    public IServiceProvider Services => _application.Services;

    public EventSourceService Sources() => Services.GetRequiredService<EventSourceService>();

    public IReadOnlyCollection<string> Log => _sink.Lines;

    public static AgentSettings StandaloneSettings => new() { Manifest = Manifest(), Standalone = true };

    public static PluginManifest Manifest(Uri? core = null, string configuration = "{}")
    {
        var json = $$"""
            {"name":"Plotune MQTT Extension","id":"plotune_mqtt_extension","version":"1.0.0","description":"d","author":"a","category":"Communication","mode":"online",
             "cmd":["./x"],"enabled":true,"ask_form":true,"last_updated":"2026-01-01T00:00:00Z","git_path":"","post_url":"","webpage":null,"file_formats":[],
             "connection":{"ip":"127.0.0.1","port":0,"target":"127.0.0.1","target_port":{{core?.Port ?? 8000}}},"configuration":{{configuration}}}
            """;
        var faults = new FaultList();
        return PluginManifestReader.Read(json, faults) ?? throw new InvalidOperationException(string.Join('\n', faults));
    }

    public static async Task<TestAgent> StartAsync(AgentSettings? settings = null, Task? loading = null, CancellationToken cancellationToken = default)
    {
        var connections = new FakeConnections { Loading = loading ?? Task.CompletedTask };
        var queues = new FakeQueues();
        var signals = new SignalStore(new AgentLimits());
        var sources = new FakeEventSourceStore();
        var sink = new CapturingSink();
        var folder = new TemporaryFolder();
        var logger = LoggingSetup.Quiet(LogEventLevel.Verbose).WriteTo.Sink(sink).CreateLogger();
        var application = AgentApplication.Build(settings ?? StandaloneSettings, logger, services =>
        {
            services.AddSingleton(signals);
            services.AddSingleton<IConnectionManager>(connections);
            services.AddSingleton<IBuiltInBrokerStore>(new FakeBuiltInBrokerStore());
            services.AddSingleton(new AgentLimits());
            services.AddSingleton<IBridgeStore>(new FakeBridgeStore());
            services.AddSingleton<IEventSourceStore>(sources);
            AddOutbound(services, folder, queues);
        });
        var agent = new TestAgent(application, connections, queues, sources, signals, sink, folder);
        var listening = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        agent.Run = application.RunAsync(_ => listening.TrySetResult(), agent._stop.Token);
        await Eventually.CompletesAsync("the agent listens", Task.WhenAny(listening.Task, agent.Run), cancellationToken);
        if (!listening.Task.IsCompleted) await agent.Run;
        agent.Http.BaseAddress = agent.Address;
        return agent;
    }

    /// <summary>A sample of a signal, as a worker would deliver it.</summary>
    public void Sample(string topic, double value, long timeMicros = 1_766_000_000_123_000, string connection = "plant") => Samples(topic, [value], timeMicros, connection);

    /// <summary>Samples one millisecond apart, in one frame.</summary>
    public void Samples(string topic, IReadOnlyList<double> values, long timeMicros = 1_766_000_000_123_000, string connection = "plant")
    {
        if (!_runs.TryGetValue(connection, out var run)) _runs[connection] = run = Signals.BeginRun(connection);
        if (!_signalIds.TryGetValue(topic, out var id))
        {
            _signalIds[topic] = id = _signalIds.Count;
            run.Define(id, topic, "", SignalValueKind.Number);
        }

        var writer = new SamplesWriter();
        for (var i = 0; i < values.Count; i++) writer.Append(timeMicros + (i * 1000), false, [new SignalSample(id, SignalValueKind.Number, values[i])], default);
        run.Append(new SamplesReader(writer.Body));
    }

    /// <summary>The same value many times, in one frame.</summary>
    public void AppendAgain(string topic, double value, long timeMicros, int count = 1) => Samples(topic, [.. Enumerable.Repeat(value, count)], timeMicros);

    public async Task<int> StopAsync()
    {
        await _stop.CancelAsync();
        return await Run;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await ((Task)Run).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _application.DisposeAsync();
        Http.Dispose();
        _stop.Dispose();
        _folder.Dispose();
    }

    private static void AddOutbound(IServiceCollection services, TemporaryFolder folder, FakeQueues queues)
    {
        services.AddSingleton(_ => StateDatabase.Open(folder["state.db"], TimeProvider.System, NullLogger.Instance));
        services.AddSingleton(new OutboundLimits { MaximumRecords = 10 });
        services.AddSingleton<OutboundQueues>();
        services.AddSingleton<IOutboundQueues>(provider =>
        {
            queues.OfOthers = provider.GetRequiredService<OutboundQueues>();
            return queues;
        });
        services.AddSingleton<DeadLetters>();
    }

    private sealed class CapturingSink : ILogEventSink
    {
        private readonly ConcurrentQueue<string> _lines = new();

        public IReadOnlyCollection<string> Lines => _lines;

        public void Emit(LogEvent logEvent) => _lines.Enqueue($"{logEvent.Level} {logEvent.RenderMessage()} {logEvent.Exception}");
    }
}
