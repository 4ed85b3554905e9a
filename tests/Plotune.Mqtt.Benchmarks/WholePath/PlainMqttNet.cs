using MQTTnet;
using MQTTnet.Formatter;
using MQTTnet.Protocol;

namespace Plotune.Mqtt.Benchmarks.WholePath;

/// <summary>MQTTnet as its documentation shows it: a handler that only counts, in one process, without JSON and without a pipe. Only its socket buffer is larger.</summary>
internal static class PlainMqttNet
{
    // With its default of 8 KiB the connection stalls again and again in TCP's window probes, and stands still at QoS 1.
    private const int SocketBufferBytes = 1 << 20;

    /// <summary>Prints <c>end SECONDS</c> when the last message has come, and stays until killed.</summary>
    public static async Task RunAsync(int port, int qos)
    {
        using var client = new MqttClientFactory().CreateMqttClient();
        var ended = new TaskCompletionSource();
        long count = 0;
        client.ApplicationMessageReceivedAsync += message =>
        {
            count++;
            if (message.ApplicationMessage.Topic == "plotune/bench/end")
            {
                ended.SetResult();
            }

            return Task.CompletedTask;
        };
        var options = new MqttClientOptionsBuilder().WithTcpServer("127.0.0.1", port).WithProtocolVersion(MqttProtocolVersion.V311).Build();
        ((MqttClientTcpOptions)options.ChannelOptions).BufferSize = SocketBufferBytes;
        await client.ConnectAsync(options);
        await client.SubscribeAsync("plotune/#", (MqttQualityOfServiceLevel)qos);
        await ended.Task;
        Console.WriteLine(UnixTime.EndLine());
        await Task.Delay(Timeout.Infinite);
    }
}
