using BenchmarkDotNet.Attributes;
using MQTTnet;
using MQTTnet.Adapter;
using MQTTnet.Diagnostics.Logger;
using MQTTnet.Formatter;
using MQTTnet.Protocol;
using Plotune.Mqtt.Benchmarks.Load;
using Plotune.Mqtt.Client;
using Plotune.Mqtt.Client.Publishing;
using Plotune.Mqtt.Client.Session;
using PacketType = Plotune.Mqtt.Client.Receive.PacketType;

namespace Plotune.Mqtt.Benchmarks.Micro;

/// <summary>
/// What does it cost to publish one message at QoS 1, from the call to its completion, socket and threads left out? The baseline is MQTTnet's client over a channel in memory, with as
/// many messages in flight.
/// </summary>
[MemoryDiagnoser]
public class PublishBenchmark
{
    private const int Messages = 10_000;
    private const int Window = 20;

    private readonly OutboundPublish[] _publishes = [.. Enumerable.Range(0, Messages).Select(i =>
        new OutboundPublish($"plotune/bench/t{i % 100:D4}", System.Text.Encoding.UTF8.GetBytes(PayloadText.Small(i)), QualityOfService.AtLeastOnce))];

    private readonly CountingCompletion _completion = new();
    private readonly OutgoingBatch _batch = new();
    private readonly PacketBuffer _buffer = new();
    private PublishPipeline? _pipeline;
    private PublishAnswers? _answers;
    private PacketEncoder? _encoder;
    private IMqttClient? _client;
    private AnsweringChannel? _channel;

    [GlobalSetup(Target = nameof(Pipeline))]
    public void Open()
    {
        var limits = new ServerLimits { Version = MqttProtocolVersion.V311, Window = Window };
        _pipeline = new PublishPipeline(new PacketIdentifiers(), TimeProvider.System);
        _answers = new PublishAnswers(_pipeline);
        _encoder = new PacketEncoder(limits);
        _pipeline.Resume(isSessionPresent: false);
        _pipeline.Open(limits, static () => { });
    }

    [GlobalSetup(Target = nameof(MqttNet))]
    public async Task ConnectAsync()
    {
        _channel = new AnsweringChannel();
        _client = new MqttClientFactory().CreateMqttClient(new SingleAdapter(_channel));
        await _client.ConnectAsync(new MqttClientOptionsBuilder().WithTcpServer("unused").WithProtocolVersion(MqttProtocolVersion.V311).WithNoKeepAlive().Build());
    }

    [Benchmark(Baseline = true, OperationsPerInvoke = Messages)]
    public async Task MqttNet()
    {
        var under = new Task<MqttClientPublishResult>[Window];
        for (var i = 0; i < Messages; i += Window)
        {
            for (var j = 0; j < Window; j++)
            {
                var publish = _publishes[i + j];
                under[j] = _client!.PublishAsync(new MqttApplicationMessage
                {
                    Topic = publish.Topic,
                    Payload = new System.Buffers.ReadOnlySequence<byte>(publish.Payload),
                    QualityOfServiceLevel = MqttQualityOfServiceLevel.AtLeastOnce,
                });
            }

            await Task.WhenAll(under);
        }
    }

    [Benchmark(OperationsPerInvoke = Messages)]
    public long Pipeline()
    {
        foreach (var publish in _publishes)
        {
            _pipeline!.Publish(publish, _completion, 0);
        }

        while (true)
        {
            _batch.Clear();
            _buffer.Clear();
            _pipeline!.Take(_batch);
            if (_batch.Count == 0)
            {
                return _completion.Count;
            }

            _encoder!.Encode(_batch.Packets, _buffer);
            _pipeline.Written();
            foreach (ref readonly var packet in _batch.Packets)
            {
                _answers!.Answered(PacketType.PubAck, [(byte)(packet.PacketIdentifier >> 8), (byte)packet.PacketIdentifier]);
            }
        }
    }

    [GlobalCleanup]
    public void Check()
    {
        _client?.Dispose();
        _channel?.Dispose();
        if (_pipeline is not null && (_completion.Count == 0 || _completion.Count % Messages != 0))
        {
            throw new InvalidOperationException($"{_completion.Count} messages were delivered, which is not whole rounds.");
        }
    }

    private sealed class CountingCompletion : IPublishCompletion
    {
        public long Count { get; private set; }

        public void Completed(OutboundPublish publish, long id, in PublishResult result) => Count += result.Outcome == PublishOutcome.Delivered ? 1 : 0;
    }

    private sealed class SingleAdapter(AnsweringChannel channel) : IMqttClientAdapterFactory
    {
        public IMqttChannelAdapter CreateClientAdapter(MqttClientOptions options, MqttPacketInspector packetInspector, IMqttNetLogger logger) =>
            new MqttChannelAdapter(channel, new MqttPacketFormatterAdapter(options.ProtocolVersion, new MqttBufferWriter(4096, 65535)), MqttNetNullLogger.Instance);
    }
}
