using MQTTnet;
using MQTTnet.Formatter;
using MQTTnet.Protocol;

namespace Plotune.Mqtt.Benchmarks.WholePath;

/// <summary>MQTTnet as its documentation shows it: a handler that only counts, in one process, without JSON and without a pipe.</summary>
internal static class PlainMqttNet
{
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
        await client.ConnectAsync(new MqttClientOptionsBuilder().WithTcpServer("127.0.0.1", port).WithProtocolVersion(MqttProtocolVersion.V311).Build());
        await client.SubscribeAsync("plotune/#", (MqttQualityOfServiceLevel)qos);
        await ended.Task;
        Console.WriteLine(UnixTime.EndLine());
    }
}
