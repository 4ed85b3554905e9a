using Microsoft.Extensions.Logging.Abstractions;
using MQTTnet.Formatter;
using MQTTnet.Packets;
using Plotune.Mqtt.Client.Receive;

namespace Plotune.Mqtt.Client.Tests.Receive;

/// <summary>An adapter on a scripted channel, received from in a loop as MQTTnet's client does.</summary>
internal sealed class Lane : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly List<MqttPacket> _packets = [];

    public Lane(
        MqttProtocolVersion version = MqttProtocolVersion.V500,
        LaneOptions? options = null,
        LaneSession? session = null,
        RecordingHandler? handler = null,
        TimeProvider? timeProvider = null,
        IPublishAnswers? answers = null,
        ReadPacer? pacer = null)
    {
        Handler = handler ?? new RecordingHandler();
        Session = session ?? new LaneSession();
        Adapter = new ReceiveLaneAdapter(
            Channel, version, options ?? new LaneOptions(), Session, Handler, NullLogger.Instance, timeProvider ?? TimeProvider.System, answers: answers, pacer: pacer);
    }

    public ScriptedChannel Channel { get; } = new();

    public RecordingHandler Handler { get; }

    public LaneSession Session { get; }

    public ReceiveLaneAdapter Adapter { get; }

    /// <summary>The receive loop; ends with null from the adapter, or its exception.</summary>
    public Task Receiving { get; private set; } = Task.CompletedTask;

    public MqttPacket[] Packets
    {
        get
        {
            lock (_packets)
                return [.. _packets];
        }
    }

    /// <summary>Starts receiving, after feeding CONNACK.</summary>
    public static Lane Connected5(LaneOptions? options = null, LaneSession? session = null, RecordingHandler? handler = null, bool sessionPresent = false)
    {
        var lane = new Lane(MqttProtocolVersion.V500, options, session, handler);
        lane.Channel.Feed(0x20, 3, (byte)(sessionPresent ? 1 : 0), 0, 0);
        lane.Start();
        return lane;
    }

    public static Lane Connected4(LaneOptions? options = null, RecordingHandler? handler = null)
    {
        var lane = new Lane(MqttProtocolVersion.V311, options, handler: handler);
        lane.Channel.Feed(Tests.Receive.Packets.ConnAck4);
        lane.Start();
        return lane;
    }

    public void Start() => Receiving = Task.Run(ReceiveAllAsync);

    public void StopReceiving() => _stop.Cancel();

    /// <summary>Waits until everything fed was read and the lane waits for more.</summary>
    public Task IdleAsync() => Eventually.TrueAsync("the lane has read everything", () => Channel.IsReadPending || Receiving.IsCompleted);

    public async Task<T> FaultAsync<T>()
        where T : Exception
    {
        T exception = await Assert.ThrowsAsync<T>(() => Receiving.WaitAsync(TimeSpan.FromSeconds(20)));
        Assert.Same(exception, Adapter.Fault);
        return exception;
    }

    public void Dispose()
    {
        Adapter.Dispose();
        _stop.Dispose();
    }

    private async Task ReceiveAllAsync()
    {
        while (await Adapter.ReceivePacketAsync(_stop.Token) is { } packet)
        {
            lock (_packets)
                _packets.Add(packet);
        }
    }
}
