using System.IO.Pipelines;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Plotune.Mqtt.Agent.Probe;
using Plotune.Mqtt.Client;
using Plotune.Mqtt.TestSupport;

namespace Plotune.Mqtt.Agent.Tests.Probe;

public sealed class ProbeRunnerTests : IAsyncDisposable
{
    private readonly ScriptedBroker _broker = ScriptedBroker.Start(Token);
    private readonly Pipe _pipe = new();
    private readonly StreamReader _lines;
    private readonly CancellationTokenSource _stop = new();

    public ProbeRunnerTests() => _lines = new StreamReader(_pipe.Reader.AsStream());

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(ProtocolPreference.V311, "3.1.1")]
    [InlineData(ProtocolPreference.V500, "5.0")]
    public async Task A_probe_subscribes_unsubscribes_publishes_and_says_goodbye(ProtocolPreference version, string protocol)
    {
        var probe = RunAsync(Settings(version) with
        {
            Subscribe = [new("a", QualityOfService.AtLeastOnce), new("b")],
            Unsubscribe = ["never/seen"],
            Publish = [new("t", "x"u8.ToArray(), QualityOfService.AtLeastOnce)],
        });
        var connection = await _broker.AcceptAsync();
        await connection.AcceptSessionAsync();
        Assert.Equal($$"""{"event":"connected","protocol":"{{protocol}}","clientId":"p","sessionPresent":false}""", await LineAsync());

        var subscribe = await connection.ExpectSubscribeAsync();
        await connection.SendSubAckAsync(subscribe.PacketIdentifier, 1, 0x80);
        Assert.Equal("""{"event":"suback","filter":"a","granted":1}""", await LineAsync());
        Assert.Contains("\"UnspecifiedError\"", await LineAsync(), StringComparison.Ordinal);

        var unsubscribe = await connection.ExpectUnsubscribeAsync();
        Assert.Equal(["never/seen"], unsubscribe.Filters);
        await connection.SendUnsubAckAsync(unsubscribe.PacketIdentifier, 0);
        Assert.Equal("""{"event":"unsuback","filter":"never/seen","reasonName":"Success"}""", await LineAsync());

        var publish = await connection.ExpectPublishAsync();
        await connection.SendAcknowledgementAsync(PacketType.PubAck, publish.PacketIdentifier);
        Assert.Equal("""{"event":"published","topic":"t","outcome":"delivered"}""", await LineAsync());

        await _stop.CancelAsync();
        await connection.ExpectAsync(PacketType.Disconnect);
        Assert.Contains("\"stopped\"", await LineAsync(), StringComparison.Ordinal);
        Assert.Equal(ProbeExitCode.Stopped, await probe);
    }

    [Fact]
    public async Task A_message_is_written_with_its_properties_and_acknowledged_only_then()
    {
        var probe = RunAsync(Settings(ProtocolPreference.V500));
        var connection = await _broker.AcceptAsync();
        await connection.AcceptSessionAsync();
        await LineAsync();
        byte[][] properties = [[0x01, 1], [0x0B, 7], PacketBytes.TextProperty(0x03, "text/plain"), [0x09, 0, 1, 0xAB]];

        await connection.SendAsync(PacketBytes.Publish5("t", [0xFF], qos: 1, packetIdentifier: 9, retain: true, properties: properties));

        using var line = JsonDocument.Parse(await LineAsync());
        Assert.Equal("message", line.RootElement.GetProperty("event").GetString());
        Assert.Equal("FF", line.RootElement.GetProperty("payloadHex").GetString());
        Assert.True(line.RootElement.GetProperty("retained").GetBoolean());
        Assert.Equal(
            """{"payloadFormatIndicator":1,"correlationData":"AB","subscriptionIdentifiers":[7],"contentType":"text/plain"}""",
            line.RootElement.GetProperty("properties").GetRawText());
        await connection.ExpectAsync(PacketType.PubAck);
        await _stop.CancelAsync();
        Assert.Equal(ProbeExitCode.Stopped, await probe);
    }

    [Fact]
    public async Task A_refusal_by_connack_has_its_own_exit_code()
    {
        var probe = RunAsync(Settings(ProtocolPreference.V500));
        var connection = await _broker.AcceptAsync();
        await connection.ExpectConnectAsync();
        await connection.SendConnAckAsync(0x87);

        Assert.Contains("\"class\":\"refused\",\"reasonName\":\"NotAuthorized\"", await LineAsync(), StringComparison.Ordinal);
        Assert.Equal(ProbeExitCode.Refused, await probe);
    }

    [Fact]
    public async Task A_goodbye_of_the_broker_ends_the_probe_which_never_comes_back()
    {
        var probe = RunAsync(Settings(ProtocolPreference.V500));
        var connection = await _broker.AcceptAsync();
        await connection.AcceptSessionAsync();
        await LineAsync();

        await connection.SendAsync(PacketBytes.Disconnect5(0x8B));

        Assert.Contains("\"class\":\"endedByBroker\",\"reasonName\":\"ServerShuttingDown\"", await LineAsync(), StringComparison.Ordinal);
        Assert.Equal(ProbeExitCode.EndedByBroker, await probe);
        Assert.False(_broker.HasPendingClient);
    }

    [Fact]
    public async Task A_breach_of_the_protocol_has_its_own_exit_code()
    {
        var probe = RunAsync(Settings(ProtocolPreference.V311));
        var connection = await _broker.AcceptAsync();
        await connection.AcceptSessionAsync();
        await LineAsync();

        await connection.SendAsync(new byte[] { 0xD1, 0 });

        Assert.Contains("\"class\":\"protocolViolation\"", await LineAsync(), StringComparison.Ordinal);
        Assert.Equal(ProbeExitCode.ProtocolViolation, await probe);
    }

    [Fact]
    public async Task Nobody_listening_has_its_own_exit_code()
    {
        _broker.StopListening();

        var probe = RunAsync(Settings(ProtocolPreference.V500));

        Assert.Contains("\"class\":\"unreachable\"", await LineAsync(), StringComparison.Ordinal);
        Assert.Equal(ProbeExitCode.Unreachable, await probe);
    }

    [Fact]
    public async Task Output_that_nobody_reads_is_no_success()
    {
        await _pipe.Reader.CompleteAsync();
        var probe = ProbeRunner.RunAsync(Settings(ProtocolPreference.V500), new BrokenStream(), NullLogger.Instance, _stop.Token);
        var connection = await _broker.AcceptAsync();
        await connection.AcceptSessionAsync();

        Assert.Equal(ProbeExitCode.EndedHere, await Eventually.CompletesAsync("the probe's end", probe, Token));
    }

    public async ValueTask DisposeAsync()
    {
        await _broker.DisposeAsync();
        _lines.Dispose();
        _stop.Dispose();
    }

    private ProbeSettings Settings(ProtocolPreference version) => new()
    {
        Connection = new BrokerConnectionOptions { Address = new BrokerAddress(ScriptedBroker.Host, _broker.Port), Protocol = version, ClientId = "p" },
    };

    private Task<int> RunAsync(ProbeSettings settings) =>
        Eventually.CompletesAsync("the probe's end", ProbeRunner.RunAsync(settings, _pipe.Writer.AsStream(), NullLogger.Instance, _stop.Token), Token);

    private async Task<string> LineAsync() => await Eventually.CompletesAsync("a line", _lines.ReadLineAsync(Token).AsTask(), Token) ?? "";

    private sealed class BrokenStream : MemoryStream
    {
        public override void Write(ReadOnlySpan<byte> buffer) => throw new IOException("Broken pipe");
    }
}
