using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using MQTTnet.Formatter;
using Plotune.Mqtt.Client.Receive;
using Plotune.Mqtt.Client.Tests.Receive;

namespace Plotune.Mqtt.Client.Tests.Fuzz;

/// <summary>
/// Sends damaged streams of a broker through the lane. <c>PLOTUNE_MQTT_FUZZ_CASES</c> makes it longer, <c>PLOTUNE_MQTT_FUZZ_SEED</c> different; a failure
/// names the seed of its case, which with one case repeats it.
/// </summary>
public sealed class FuzzTests
{
    private const int DefaultCases = 20_000;
    private const int MaximumPacketSize = 4096;

    // Beyond the largest packet and one read, nothing is worth keeping.
    private const int LargestBuffer = 2 * ReceiveBuffer.BlockSize;

    [Fact]
    public async Task Damaged_streams_end_in_order_or_with_a_breach_and_never_otherwise()
    {
        var cases = Setting("PLOTUNE_MQTT_FUZZ_CASES", DefaultCases);
        var first = Setting("PLOTUNE_MQTT_FUZZ_SEED", 1);
        var seed = first;
        var work = Task.Run(
            () =>
            {
                for (; seed < first + cases; seed++)
                    RunCase(seed);
            },
            TestContext.Current.CancellationToken);

        var seenSeed = first - 1;
        while (await Task.WhenAny(work, Task.Delay(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken)) != work)
        {
            Assert.True(Volatile.Read(ref seed) != seenSeed, $"No progress in 30 s. Seed {seed}.");
            seenSeed = Volatile.Read(ref seed);
        }

        await work;
    }

    private static void RunCase(int seed)
    {
        var random = new Random(seed);
        var isVersion5 = random.Next(2) == 0;
        var stream = BrokerStream.Random(random, isVersion5);
        var bytes = stream.Bytes;
        var mutations = random.Next(5);
        for (var i = 0; i < mutations; i++)
            bytes = Mutation.Apply(random, bytes, BrokerStream.Random(random, isVersion5).Bytes);
        try
        {
            Check(bytes, random, isVersion5, mutations == 0 ? stream.Messages : null);
        }
        catch (Exception exception)
        {
            throw new InvalidOperationException($"Seed {seed}, MQTT {(isVersion5 ? "5.0" : "3.1.1")}, stream {Convert.ToHexString(bytes)}", exception);
        }
    }

    private static void Check(byte[] bytes, Random random, bool isVersion5, int? expectedMessages)
    {
        var channel = new ChoppedChannel(bytes, random);
        var handler = new RecordingHandler { BatchSize = random.Next(1, 8) };
        var options = new LaneOptions { MaximumPacketSize = MaximumPacketSize, TopicAliasMaximum = 8, KeepAlive = TimeSpan.Zero };
        using var adapter = new ReceiveLaneAdapter(
            channel, isVersion5 ? MqttProtocolVersion.V500 : MqttProtocolVersion.V311, options, new LaneSession(), handler, NullLogger.Instance, TimeProvider.System);

        var fault = ReceiveAll(adapter, bytes.Length);

        Assert.True(fault is null or MqttProtocolException || fault.GetType() == typeof(MqttException), $"Unexpected: {fault}");
        Assert.True(channel.LargestBuffer <= LargestBuffer, $"The buffer grew to {channel.LargestBuffer} bytes.");
        Assert.True(channel.Reads <= bytes.Length + 1, $"{channel.Reads} reads for {bytes.Length} bytes.");
        if (expectedMessages is { } messages)
            Assert.Equal((null, messages), (fault, handler.Messages.Length));
        var delivered = handler.Messages.Length;
        Assert.Same(fault, ReceiveAll(adapter, bytes.Length));
        Assert.Equal(delivered, handler.Messages.Length);
    }

    /// <summary>Receives until the end; every packet takes bytes, so that there are no more of them than bytes.</summary>
    private static Exception? ReceiveAll(ReceiveLaneAdapter adapter, int mostPackets)
    {
        try
        {
            for (var packets = 0; ; packets++)
            {
                var receiving = adapter.ReceivePacketAsync(CancellationToken.None);
                Assert.True(receiving.IsCompleted, "The lane waits although the channel never does.");
                if (receiving.GetAwaiter().GetResult() is null)
                    return null;
                Assert.True(packets <= mostPackets, "More packets than bytes.");
            }
        }
        catch (Exception exception) when (exception is not Xunit.Sdk.XunitException)
        {
            return exception;
        }
    }

    private static int Setting(string name, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : otherwise;
}
