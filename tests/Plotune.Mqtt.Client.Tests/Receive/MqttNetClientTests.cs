using Microsoft.Extensions.Logging.Abstractions;
using MQTTnet;
using MQTTnet.Adapter;
using MQTTnet.Diagnostics.Logger;
using MQTTnet.Formatter;
using MQTTnet.Protocol;
using Plotune.Mqtt.Client.Receive;
using static Plotune.Mqtt.Client.Tests.Receive.Packets;

namespace Plotune.Mqtt.Client.Tests.Receive;

/// <summary>MQTTnet's own client on top of the lane: what each relies on the other to do.</summary>
public sealed class MqttNetClientTests : IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    private readonly ScriptedChannel _channel = new();
    private readonly RecordingHandler _handler = new();
    private readonly SteppingTimeProvider _time = new();
    private readonly ReceiveLaneAdapter _adapter;
    private readonly IMqttClient _client;
    private readonly TaskCompletionSource<MqttClientDisconnectedEventArgs> _disconnected = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public MqttNetClientTests()
    {
        _adapter = new ReceiveLaneAdapter(
            _channel, MqttProtocolVersion.V500, new LaneOptions(), new LaneSession(), _handler, NullLogger.Instance, _time);
        _client = new MqttClientFactory().CreateMqttClient(new SingleAdapter(_adapter));
        _client.DisconnectedAsync += args =>
        {
            _disconnected.TrySetResult(args);
            return Task.CompletedTask;
        };
    }

    [Fact]
    public async Task Connect_subscribe_publish_and_disconnect_work_beside_incoming_messages()
    {
        CancellationToken cancellationToken = TestContext.Current.CancellationToken;
        MqttClientConnectResult connected = await ConnectAsync([.. ConnAck5, .. Publish5("t", "early", 1, 1)]);
        Task<MqttClientSubscribeResult> subscribing = _client.SubscribeAsync("t", MqttQualityOfServiceLevel.AtLeastOnce, cancellationToken);
        _channel.Feed([.. Packet(0x90, 0, 1, 0, 1), .. Publish5("t", "later", 2, 2)]);
        MqttClientSubscribeResult subscribed = await subscribing;
        Task<MqttClientPublishResult> publishing = _client.PublishStringAsync(
            "out", "x", MqttQualityOfServiceLevel.ExactlyOnce, cancellationToken: cancellationToken);
        _channel.Feed(0x50, 2, 0, 2);
        await Eventually.TrueAsync("PUBREL is sent", () => _channel.Writes.Any(w => w[0] == 0x62));
        _channel.Feed([.. Publish5("t", "last"), 0x70, 2, 0, 2]);
        MqttClientPublishResult published = await publishing;
        await _client.DisconnectAsync(new MqttClientDisconnectOptions(), cancellationToken);

        Assert.Equal(MqttClientConnectResultCode.Success, connected.ResultCode);
        Assert.Equal(MqttClientSubscribeResultCode.GrantedQoS1, Assert.Single(subscribed.Items).ResultCode);
        Assert.True(published.IsSuccess);
        Assert.Equal(["early", "later", "last"], _handler.Payloads);
        Assert.Equal(0xE0, _channel.Writes[^1][0]);
        Assert.Null(_adapter.Fault);
    }

    [Fact]
    public async Task The_client_starts_no_keep_alive_of_its_own()
    {
        MqttClientConnectResult result = await ConnectAsync([0x20, 6, 0, 0, 3, 0x13, 0, 1]);

        await _time.ArmedAsync();
        await _time.AdvanceAsync(TimeSpan.FromSeconds(0.75), () => false);

        Assert.Equal(0, result.ServerKeepAlive);
        Assert.Equal([0xC0, 0], _channel.Writes[^1]);
        Assert.Equal(2, _channel.Writes.Length);
    }

    [Fact]
    public async Task DISCONNECT_from_the_broker_reaches_the_client_with_its_reason()
    {
        await ConnectAsync(ConnAck5);
        _channel.Feed(0xE0, 1, 0x8B);

        MqttClientDisconnectedEventArgs args = await _disconnected.Task.WaitAsync(Deadline, TestContext.Current.CancellationToken);

        Assert.Equal(MqttClientDisconnectReason.ServerShuttingDown, args.Reason);
    }

    [Fact]
    public async Task A_violation_disconnects_the_client()
    {
        await ConnectAsync(ConnAck5);
        _channel.Feed(0xC0, 0);

        MqttClientDisconnectedEventArgs args = await _disconnected.Task.WaitAsync(Deadline, TestContext.Current.CancellationToken);

        Assert.IsType<MqttProtocolException>(_adapter.Fault);
        Assert.Same(_adapter.Fault, args.Exception);
    }

    [Fact]
    public async Task A_dead_broker_disconnects_the_client()
    {
        await ConnectAsync(ConnAck5);
        await _time.ArmedAsync();
        await Eventually.TrueAsync("the client reads", () => _channel.IsReadPending);
        await _time.AdvanceAsync(TimeSpan.FromSeconds(80), () => _adapter.Fault is not null);

        await _disconnected.Task.WaitAsync(Deadline, TestContext.Current.CancellationToken);

        Assert.IsType<MqttTimeoutException>(_adapter.Fault);
    }

    public void Dispose()
    {
        _client.Dispose();
        _adapter.Dispose();
    }

    private Task<MqttClientConnectResult> ConnectAsync(byte[] answer)
    {
        _channel.Feed(answer);
        MqttClientOptions options = new MqttClientOptionsBuilder()
            .WithTcpServer("unused").WithProtocolVersion(MqttProtocolVersion.V500).WithNoKeepAlive().WithTimeout(Deadline).Build();
        return _client.ConnectAsync(options, TestContext.Current.CancellationToken);
    }

    private sealed class SingleAdapter(IMqttChannelAdapter adapter) : IMqttClientAdapterFactory
    {
        public IMqttChannelAdapter CreateClientAdapter(MqttClientOptions options, MqttPacketInspector packetInspector, IMqttNetLogger logger) => adapter;
    }
}
