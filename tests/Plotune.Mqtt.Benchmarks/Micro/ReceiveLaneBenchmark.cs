using BenchmarkDotNet.Attributes;
using Microsoft.Extensions.Logging.Abstractions;
using MQTTnet.Adapter;
using MQTTnet.Diagnostics.Logger;
using MQTTnet.Formatter;
using MQTTnet.Packets;
using Plotune.Mqtt.Benchmarks.Load;
using Plotune.Mqtt.Client;
using Plotune.Mqtt.Client.Receive;

namespace Plotune.Mqtt.Benchmarks.Micro;

/// <summary>
/// What does it cost to get one message out of a channel, acknowledged? The baseline is MQTTnet's own adapter on the same channel and the same bytes: decoding and PUBACK,
/// without its client's queue and dispatch behind it.
/// </summary>
[MemoryDiagnoser]
public class ReceiveLaneBenchmark
{
    private const int Messages = 10_000;
    private const int Topics = 100;

    private readonly CountingHandler _handler = new();
    private ReceiveLaneAdapter? _lane;
    private MqttChannelAdapter? _mqttNet;

    public enum Traffic
    {
        /// <summary>46 bytes of payload, MQTT 3.1.1.</summary>
        Small,

        /// <summary>As small, at QoS 1.</summary>
        SmallQos1,

        /// <summary>As small, in MQTT 5.0.</summary>
        SmallVersion5,

        /// <summary>Some 395 bytes of payload, MQTT 3.1.1.</summary>
        Nested,
    }

    [ParamsAllValues]
    public Traffic Load { get; set; }

    private bool IsVersion5 => Load == Traffic.SmallVersion5;

    private int Qos => Load == Traffic.SmallQos1 ? 1 : 0;

    [GlobalSetup(Target = nameof(Lane))]
    public async Task ConnectLaneAsync()
    {
        var options = new LaneOptions { KeepAlive = TimeSpan.Zero };
        _lane = new ReceiveLaneAdapter(CreateChannel(), Version(), options, new LaneSession(), _handler, NullLogger.Instance, TimeProvider.System);
        await _lane.ReceivePacketAsync(CancellationToken.None);
    }

    [GlobalSetup(Target = nameof(MqttNet))]
    public async Task ConnectMqttNetAsync()
    {
        var formatter = new MqttPacketFormatterAdapter(Version(), new MqttBufferWriter(4096, 65535));
        _mqttNet = new MqttChannelAdapter(CreateChannel(), formatter, MqttNetNullLogger.Instance);
        await _mqttNet.ReceivePacketAsync(CancellationToken.None);
    }

    [Benchmark(Baseline = true, OperationsPerInvoke = Messages)]
    public async Task<int> MqttNet()
    {
        var bytes = 0;
        while (await _mqttNet!.ReceivePacketAsync(CancellationToken.None) is MqttPublishPacket publish)
        {
            bytes += (int)publish.Payload.Length;
            if (publish.PacketIdentifier != 0)
            {
                await _mqttNet.SendPacketAsync(new MqttPubAckPacket { PacketIdentifier = publish.PacketIdentifier }, CancellationToken.None);
            }
        }

        return bytes;
    }

    /// <summary>The lane keeps the messages to itself; what it returns is the packet at the end of the ring.</summary>
    [Benchmark(OperationsPerInvoke = Messages)]
    public async Task<int> Lane()
    {
        await _lane!.ReceivePacketAsync(CancellationToken.None);
        return _handler.PayloadBytes;
    }

    [GlobalCleanup]
    public void Check()
    {
        _lane?.Dispose();
        _mqttNet?.Dispose();
        if (_lane is not null && (_handler.Messages == 0 || _handler.Messages % Messages != 0))
        {
            throw new InvalidOperationException($"The lane delivered {_handler.Messages} messages, which is not whole rings.");
        }
    }

    private MqttProtocolVersion Version() => IsVersion5 ? MqttProtocolVersion.V500 : MqttProtocolVersion.V311;

    private MemoryChannel CreateChannel()
    {
        var payload = Load == Traffic.Nested ? PayloadKind.Nested : PayloadKind.Small;
        using var ring = new MemoryStream();
        for (var i = 0; i < Messages; i++)
        {
            ring.Write(PublishPacket.Encode($"plotune/bench/t{i % Topics:D4}", PayloadText.Of(payload, i), Qos, (ushort)(i + 1), IsVersion5));
        }

        ring.Write(IsVersion5 ? [0x90, 4, 0, 1, 0, 0] : [0x90, 3, 0, 1, 0]);
        return new MemoryChannel(IsVersion5 ? [0x20, 3, 0, 0, 0] : [0x20, 2, 0, 0], ring.ToArray());
    }

    private sealed class CountingHandler : IPublishHandler
    {
        public long Messages { get; private set; }

        public int PayloadBytes { get; private set; }

        public bool OnPublish(in InboundPublish publish)
        {
            Messages++;
            PayloadBytes += publish.Payload.Length;
            return true;
        }

        public ValueTask HandOverAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;
    }
}
