using System.Text;
using Plotune.Mqtt.IntegrationTests.Support;
using Plotune.Mqtt.TestSupport;
using Eventually = Plotune.Mqtt.IntegrationTests.Support.Eventually;

namespace Plotune.Mqtt.IntegrationTests;

/// <summary>Brokers that misbehave, seen from the outside of the agent.</summary>
public sealed class BrokerFaultTests : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("plotune-test-").FullName;
    private readonly ScriptedBroker _broker = ScriptedBroker.Start(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
    private AgentProcess _agent = null!;

    public async ValueTask InitializeAsync()
    {
        _agent = await AgentProcess.StartAsync(Path.Combine(_folder, "data"), "--standalone");
        await _agent.AddConnectionAsync("odd", _broker.Port);
    }

    public async ValueTask DisposeAsync()
    {
        await _agent.DisposeAsync();
        await _broker.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task A_broker_that_accepts_and_stays_silent_is_given_up_in_words()
    {
        var silent = await _broker.AcceptAsync();
        await silent.ExpectConnectAsync();

        await _agent.WaitForStatusAsync("odd", "waiting");

        Assert.NotEmpty((string)(await _agent.StateAsync("odd"))["reason"]!);
        await ServeAsync("alive", "1");
    }

    [Fact]
    public async Task The_first_connacks_may_refuse()
    {
        for (var attempt = 0; attempt < 2; attempt++)
        {
            var refusing = await _broker.AcceptAsync();
            await refusing.ExpectConnectAsync();
            await refusing.SendConnAckAsync(refusing.ProtocolLevel == 5 ? (byte)0x88 : (byte)3);
            refusing.Close();
        }

        await ServeAsync("alive", "1");
    }

    [Fact]
    public async Task Garbage_instead_of_connack_is_a_protocol_error_and_retried()
    {
        var garbling = await _broker.AcceptAsync();
        await garbling.ExpectConnectAsync();
        await garbling.SendAsync(Encoding.ASCII.GetBytes("HTTP/1.1 400 Bad Request\r\n\r\n"));

        await Eventually.ThatAsync("it is not connected", async () => (string?)(await _agent.StateAsync("odd"))["status"] is "waiting" or "failed");
        var reason = (string)(await _agent.StateAsync("odd"))["reason"]!;
        Assert.NotEmpty(reason);
        Assert.DoesNotContain("   at ", reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_malformed_publish_ends_the_connection_with_its_reason_code_and_the_next_one_works()
    {
        var first = await _broker.AcceptAsync();
        await first.AcceptSessionAsync();
        await first.GrantSubscribeAsync();
        // QoS 3.
        await first.SendAsync(new byte[] { 0x36, 8, 0, 1, (byte)'a', 0, 1, 0, (byte)'x', (byte)'y' });

        var disconnect = await first.ExpectAsync(PacketType.Disconnect);

        Assert.Equal(0x81, disconnect.Body[0]);
        await ServeAsync("alive", "1");
    }

    [Fact]
    public async Task A_packet_that_claims_256_megabytes_is_refused_at_its_header()
    {
        var first = await _broker.AcceptAsync();
        await first.AcceptSessionAsync();
        await first.GrantSubscribeAsync();
        await first.SendAsync(new byte[] { 0x30, 0xff, 0xff, 0xff, 0x7f, 0, 1, (byte)'a' });

        var disconnect = await first.ExpectAsync(PacketType.Disconnect);

        Assert.Equal(0x95, disconnect.Body[0]);
        await ServeAsync("alive", "1");
    }

    [Fact]
    public async Task A_refused_filter_is_shown_and_the_others_work()
    {
        using var deleted = await _agent.Http.DeleteAsync("/api/connections/odd", TestContext.Current.CancellationToken);
        await using var broker = ScriptedBroker.Start(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
        await _agent.AddConnectionAsync("odd", broker.Port, new { topics = new[] { new { filter = "secret/#", qos = 1 }, new { filter = "open/#", qos = 1 } } });
        var connection = await broker.AcceptAsync();
        await connection.AcceptSessionAsync();
        var subscribe = await connection.ExpectSubscribeAsync();
        await connection.SendSubAckAsync(
            subscribe.PacketIdentifier, [.. subscribe.Filters.Select(filter => filter.StartsWith("secret", StringComparison.Ordinal) ? (byte)0x87 : (byte)1)]);
        await using var stream = await _agent.FetchAsync("open_x");
        await connection.SendPublishAsync("open/x", "5"u8.ToArray());

        Assert.Equal(5, await stream.NextNumberAsync());
        await Eventually.ThatAsync("the refusal is shown", async () =>
            (await _agent.GetAsync("/api/connections")).ToJsonString().Contains("secret/#", StringComparison.Ordinal)
            && (await _agent.GetAsync("/api/status"))["notices"]!.ToJsonString().Contains("secret/#", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Qos_1_is_acknowledged_in_the_order_received_after_the_samples_are_handed_over()
    {
        var connection = await _broker.AcceptAsync();
        await connection.AcceptSessionAsync();
        await connection.GrantSubscribeAsync();
        for (ushort identifier = 1; identifier <= 100; identifier++)
        {
            await connection.SendPublishAsync("a/b", Encoding.ASCII.GetBytes($"{identifier}"), 1, identifier);
        }

        for (ushort identifier = 1; identifier <= 100; identifier++)
        {
            Assert.Equal(identifier, (await connection.ExpectAsync(PacketType.PubAck)).PacketIdentifier);
        }
    }

    /// <summary>Accepts the next client and proves that a sample gets through.</summary>
    private async Task ServeAsync(string topic, string payload)
    {
        var connection = await _broker.AcceptAsync();
        await connection.AcceptSessionAsync();
        await connection.GrantSubscribeAsync();
        await using var stream = await _agent.FetchAsync(topic);
        await connection.SendPublishAsync(topic, Encoding.ASCII.GetBytes(payload));
        Assert.Equal(payload, (await stream.NextAsync())["value"]!.ToJsonString());
    }
}
