using System.Globalization;
using System.Net.WebSockets;
using System.Runtime.CompilerServices;
using Plotune.Mqtt.Benchmarks.Load;
using Plotune.Mqtt.Benchmarks.WholePath;

namespace Plotune.Mqtt.Benchmarks.Speed;

/// <summary>
/// Messages a second through the whole path (socket, worker, pipe, agent, histories, ten viewers of other signals), and the processor time of a message in all processes, as ratios to <see cref="BareReceiver"/>, in turn in the same run;
/// over TLS 1.3 as a ratio to those without. The clock starts after a warm-up, so that neither the discovery of signals nor a just-in-time compiler counts.
/// </summary>
internal sealed class PathRows(string executable, SpeedScale scale) : ISpeedRows
{
    private const int Viewers = 10;

    // MQTTnet as documented is so much slower that a tenth of the messages takes as long.
    private const int PlainDivisor = 10;

    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(3);

    private static readonly (LoadSettings Load, double Ratio, double TlsRatio)[] Loads =
    [
        (new LoadSettings(8_000_000, PayloadKind.Small, 0), 0.9, 0.7),
        (new LoadSettings(1_500_000, PayloadKind.Nested, 0), 1.2, 0.9),
        (new LoadSettings(3_000_000, PayloadKind.Small, 1), 0.9, 0.7),
    ];

    public async IAsyncEnumerable<SpeedRow> MeasureAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var (settings, ratio, tlsRatio) in Loads)
        {
            var load = settings with { Count = settings.Count / scale.Divisor };
            var (bare, whole, tls) = (new List<Reading>(), new List<Reading>(), new List<Reading>());
            for (var round = 0; round < scale.Rounds; round++)
            {
                bare.Add(await MeasureAsync(load, new ByRole("bare", load.Qos), cancellationToken));
                whole.Add(await MeasureAsync(load, new ByAgent(executable, load), cancellationToken));
                var secured = load with { IsTls = true };
                tls.Add(await MeasureAsync(secured, new ByAgent(executable, secured), cancellationToken));
            }

            var plain = await MeasureAsync(load with { Count = load.Count / PlainDivisor }, new ByRole("plain", load.Qos), cancellationToken);
            var name = $"{load.Payload}, QoS {load.Qos}";
            yield return SpeedRow.AtLeast($"{name}: messages a second, of a bare socket's", ratio, Rate(whole) / Rate(bare), "0.00", SpeedRow.Text($" ({Rate(whole):N0} a second)"));
            yield return SpeedRow.AtMost($"{name}: processor time a message, of a bare socket's", 1.5, Cost(whole) / Cost(bare), "0.00", SpeedRow.Text($" ({Cost(whole):F2} us)"));
            yield return SpeedRow.AtLeast($"{name}: messages a second over TLS 1.3, of those without", tlsRatio, Rate(tls) / Rate(whole), "0.00", SpeedRow.Text($" ({Cost(tls):F2} us)"));
            yield return SpeedRow.Note($"{name}: messages a second, of plain MQTTnet's", $"{Rate(whole) / plain.PerSecond:F1}");
        }
    }

    private static double Rate(List<Reading> readings) => readings.Select(reading => reading.PerSecond).Median();

    private static double Cost(List<Reading> readings) => readings.Select(reading => reading.Microseconds).Median();

    private static async Task<Reading> MeasureAsync(LoadSettings load, Receiver receiver, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        stop.CancelAfter(Deadline);
        try
        {
            await using var source = await LoadProcess.StartAsync(load, stop.Token);
            await using (receiver)
            {
                await receiver.BeginAsync(source, stop.Token);
                var ending = receiver.EndAsync(stop.Token);
                var first = source.FirstAsync(stop.Token);
                // Whichever ends first: should it have failed, the other would not end.
                await await Task.WhenAny(first, ending);
                var before = receiver.ProcessorTime;
                var seconds = await ending - await first;
                var used = receiver.ProcessorTime.Since(before);
                await receiver.CheckAsync(stop.Token);
                return new Reading(load.Count / seconds, used / load.Count * 1e6);
            }
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw new InvalidOperationException($"{load} took longer than {Deadline.TotalMinutes} minutes.", exception);
        }
    }

    /// <param name="Microseconds">Processor time a message, all processes together.</param>
    private sealed record Reading(double PerSecond, double Microseconds);

    /// <summary>Who receives a load.</summary>
    private abstract class Receiver : IAsyncDisposable
    {
        public abstract ProcessorTime ProcessorTime { get; }

        /// <summary>Connects to the load.</summary>
        public abstract Task BeginAsync(LoadProcess source, CancellationToken cancellationToken);

        /// <returns>When the last message was through, in seconds since 1970.</returns>
        public abstract Task<double> EndAsync(CancellationToken cancellationToken);

        /// <summary>Throws unless all has arrived.</summary>
        public virtual Task CheckAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public abstract ValueTask DisposeAsync();
    }

    /// <summary>This program in another role.</summary>
    private sealed class ByRole(string role, int qos) : Receiver
    {
        private ChildProcess? _process;

        public override ProcessorTime ProcessorTime => ProcessorTime.OfTree(_process!.Id);

        public override Task BeginAsync(LoadProcess source, CancellationToken cancellationToken)
        {
            _process = ChildProcess.Start(ChildProcess.Self(role, $"{source.Port}", $"{qos}"));
            return Task.CompletedTask;
        }

        public override async Task<double> EndAsync(CancellationToken cancellationToken) => double.Parse(await _process!.ReadAsync("end", cancellationToken), CultureInfo.InvariantCulture);

        public override ValueTask DisposeAsync() => _process?.DisposeAsync() ?? ValueTask.CompletedTask;
    }

    private sealed class ByAgent(string executable, LoadSettings load) : Receiver
    {
        private readonly List<ClientWebSocket> _viewers = [];
        private Task[] _viewing = [];
        private PackagedAgent? _agent;

        public override ProcessorTime ProcessorTime => _agent!.TotalProcessorTime;

        public override async Task BeginAsync(LoadProcess source, CancellationToken cancellationToken)
        {
            _agent = await PackagedAgent.StartAsync(executable, cancellationToken);
            _viewers.Add(await _agent.ViewAsync("plotune_bench_end", cancellationToken));
            for (var viewer = 0; viewer < Viewers; viewer++)
                _viewers.Add(await _agent.ViewAsync($"plotune_bench_t{viewer:D4}{load.SignalSuffix}", cancellationToken));
            _viewing = [.. _viewers[1..].Select(viewer => ReadToCloseAsync(viewer, cancellationToken))];
            await _agent.ConnectAsync(source.Port, load.Qos, cancellationToken, certificate: source.Certificate);
        }

        public override async Task<double> EndAsync(CancellationToken cancellationToken)
        {
            await _viewers[0].ReceiveAsync(new byte[256], cancellationToken);
            return UnixTime.Now;
        }

        public override async Task CheckAsync(CancellationToken cancellationToken)
        {
            await _agent!.ExpectReceivedAsync(load.Messages, cancellationToken);
            await _agent.StopAsync(cancellationToken);
            await Task.WhenAll(_viewing);
        }

        public override async ValueTask DisposeAsync()
        {
            foreach (var viewer in _viewers) viewer.Dispose();
            if (_agent is not null) await _agent.DisposeAsync();
        }

        private static async Task ReadToCloseAsync(ClientWebSocket socket, CancellationToken cancellationToken)
        {
            var buffer = new byte[64 << 10];
            while ((await socket.ReceiveAsync(buffer, cancellationToken)).MessageType != WebSocketMessageType.Close)
            {
            }

            await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, cancellationToken);
        }
    }
}
