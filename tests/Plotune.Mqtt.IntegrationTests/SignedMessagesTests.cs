using System.Text.Json.Nodes;
using Plotune.Mqtt.IntegrationTests.Support;

namespace Plotune.Mqtt.IntegrationTests;

/// <summary>Signed messages from a real broker; the envelopes were made by Python's hmac and json under the secret <see cref="Secret"/>.</summary>
public sealed class SignedMessagesTests : AgentTest
{
    private const string Secret = "Schlüssel-7";

    private const string Temperature =
        """{"payload": "{\"value\":23.5,\"timestamp\":1766000000.25,\"unit\":\"\u00b0C\"}", "hmac": "f5b342856507830bfe161178759e1ee50a80c75dade30547d2d5b38a31b2fcae", "algo": "sha256"}""";

    private const string Machine =
        """{"payload": "{\"motor\":{\"speed\":3},\"state\":\"l\u00e4uft \ud83d\ude00\"}", "hmac": "3ebf08275e6534f977b597091e7ffc6de8fbfee89e9c739caa5b641aa30deca6", "algo": "sha256"}""";

    private const string Hmac = "fcbbb0596070acaec592f9fac94a0fa4416d299687965d927a425e6d1fe4da75";
    private const string Number = $$"""{"payload": "42", "hmac": "{{Hmac}}", "algo": "sha256"}""";
    private const string OfAnotherSecret = """{"payload": "43", "hmac": "d7e5e43a2a0327b86234395a9e57b59dc9e6a69632a1965d0cef566e4cecb83c", "algo": "sha256"}""";

    private const string ByAnotherAlgorithm =
        """{"payload": "43", "hmac": "d20ac10a2640a835052a1036f11f2c5e5318bb79a55ed071a7b141b06932cd7df17d58487280fcfcd138db5728f3ed248c45e6544591cec0206667d19bcbd3c0", "algo": "sha512"}""";

    [Fact]
    public async Task Signed_messages_make_the_signals_that_unsigned_ones_make()
    {
        await using var agent = await StartVerifyingAgentAsync();
        await using var temperature = await agent.FetchAsync("hall_temperature");
        await using var state = await agent.FetchAsync("mill_state");

        await Broker.PublishAsync("hall/temperature", Temperature, retain: true);
        await Broker.PublishAsync("mill", Machine);

        var sample = await temperature.NextAsync();
        Assert.Equal((23.5, 1766000000.25), ((double)sample["value"]!, (double)sample["timestamp"]!));
        Assert.Equal("läuft \U0001F600", (string)(await state.NextAsync())["value"]!);
        var signals = (await agent.GetAsync("/api/signals"))["signals"]!.AsArray();
        Assert.Equal(
            ["hall_temperature °C", "mill_motor_speed ", "mill_state "], signals.Select(signal => $"{signal!["name"]} {signal["unit"]}").Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task What_is_not_signed_as_it_should_be_is_counted_and_never_delivered()
    {
        string[] tampered = [Number.Replace("42", "43", StringComparison.Ordinal), OfAnotherSecret, Number.Replace(Hmac, Hmac.ToUpperInvariant(), StringComparison.Ordinal)];
        string[] unsigned = ["43", """{"value": 43}""", "", Number.Replace("\"42\"", "43", StringComparison.Ordinal), Number[..^1], "\ufffd"];
        string[] wrong = [ByAnotherAlgorithm, Number.Replace("sha256", "none", StringComparison.Ordinal)];
        await using var agent = await StartVerifyingAgentAsync();
        await using var stream = await agent.FetchAsync("bench_count");

        await Broker.PublishAsync("bench/count", [.. tampered, .. unsigned, .. wrong, Number]);

        Assert.Equal(42, await stream.NextNumberAsync());
        await Eventually.ThatAsync("every message is counted", async () => (long)(await agent.StateAsync("plant"))["received"]! == 12);
        var connection = await agent.StateAsync("plant");
        Assert.Equal(tampered.Length + unsigned.Length + wrong.Length, (long)connection["decodeFailures"]!);
        Assert.Equal(1, (long)connection["samples"]!);
        Assert.Equal(3, connection["notices"]!.AsArray().Count(notice => (string)notice!["subject"]! == "bench/count"));
        var metrics = await agent.Http.GetStringAsync("/metrics", TestContext.Current.CancellationToken);
        foreach (var (reason, count) in new[] { ("bad_signature", tampered.Length), ("not_signed", unsigned.Length), ("unknown_algorithm", wrong.Length) })
        {
            Assert.Matches($"plotune_mqtt_decode_failures_total{{[^}}]*reason=\"{reason}\"[^}}]*}} {count}\\s", metrics);
        }

        var log = (await agent.GetAsync("/api/messages?limit=20"))["messages"]!.AsArray();
        Assert.Equal([.. tampered, .. unsigned, .. wrong, Number], log.Reverse().Select(message => (string)message!["payload"]!));
        Assert.All(log.Skip(1), message => Assert.NotEmpty((string)message!["failure"]!));
    }

    [Fact]
    public async Task Secrets_appear_nowhere_and_can_be_kept_replaced_and_removed()
    {
        await using var agent = await StartVerifyingAgentAsync();
        await using var stream = await agent.FetchAsync("a");
        var worker = (int)(await agent.StateAsync("plant"))["workerPid"]!;
        var processes = await File.ReadAllTextAsync($"/proc/{worker}/cmdline", TestContext.Current.CancellationToken)
            + await File.ReadAllTextAsync($"/proc/{worker}/environ", TestContext.Current.CancellationToken);

        await agent.AddConnectionAsync("plant", Broker.Port, new { verifySecret = "***", signingSecret = "***" });
        Assert.Equal(worker, (int)(await agent.StateAsync("plant"))["workerPid"]!);
        await agent.AddConnectionAsync("plant", Broker.Port, new { verifySecret = "other" });
        await agent.WaitForStatusAsync("plant", "connected");
        Assert.NotEqual(worker, (int)(await agent.StateAsync("plant"))["workerPid"]!);
        await Broker.PublishAsync("a", [Number, OfAnotherSecret]);
        Assert.Equal(43, await stream.NextNumberAsync());
        await agent.AddConnectionAsync("plant", Broker.Port, new { verifySecret = "" });
        await agent.WaitForStatusAsync("plant", "connected");
        await Broker.PublishAsync("a", "44");
        Assert.Equal(44, await stream.NextNumberAsync());

        var answer = await agent.Http.GetStringAsync("/api/connections", TestContext.Current.CancellationToken);
        Assert.DoesNotContain(Secret, answer + processes + agent.Output, StringComparison.Ordinal);
        Assert.Equal(("***", ""), await SecretsAsync(agent));
    }

    [Theory]
    [InlineData("signingSecret", "signing secret")]
    [InlineData("verifySecret", "verify secret")]
    public async Task With_its_encryption_key_gone_a_connection_neither_publishes_nor_takes_anything_until_the_secret_is_entered_again(string member, string name)
    {
        object secret = member == "signingSecret" ? new { signingSecret = Secret } : new { verifySecret = Secret };
        object stars = member == "signingSecret" ? new { signingSecret = "***", keepAlive = 30 } : new { verifySecret = "***", keepAlive = 30 };
        await using (var before = await AgentProcess.StartAsync(DataFolder, "--standalone"))
        {
            await before.AddConnectionAsync("plant", Broker.Port, secret);
            await before.WaitForStatusAsync("plant", "connected");
            using var stopping = await before.Http.GetAsync("/stop", TestContext.Current.CancellationToken);
            Assert.Equal(0, await before.WaitForExitAsync());
        }

        Directory.Delete(Path.Combine(DataFolder, "keys"), recursive: true);
        await Broker.PublishAsync("hall/door", "1", retain: true);
        await using var agent = await AgentProcess.StartAsync(DataFolder, "--standalone");

        await agent.WaitForStatusAsync("plant", "failed");
        await AssertStoppedAsync(agent, name);
        await agent.AddConnectionAsync("plant", Broker.Port, stars);
        await agent.WaitForStatusAsync("plant", "failed");
        await AssertStoppedAsync(agent, name);

        await agent.AddConnectionAsync("plant", Broker.Port, secret);
        await agent.WaitForStatusAsync("plant", "connected");
        await using var stream = await agent.FetchAsync("hall_door");
        await Broker.PublishAsync("hall/door", member == "signingSecret" ? "42" : Number);
        Assert.Equal(member == "signingSecret" ? [1, 42] : [42], await stream.NumbersUntilAsync(42));
    }

    private static async Task AssertStoppedAsync(AgentProcess agent, string name)
    {
        var state = await agent.StateAsync("plant");
        Assert.Equal(
            ($"The stored {name} cannot be read any more, because its encryption key is gone. Enter it again.", "SecretLost"), ((string)state["reason"]!, (string)state["reasonName"]!));
        Assert.Null(state["workerPid"]);
        Assert.Equal(0, (long)state["received"]!);
        Assert.Contains("***", new[] { (await SecretsAsync(agent)).Signing, (await SecretsAsync(agent)).Verify });
    }

    private static async Task<(string Signing, string Verify)> SecretsAsync(AgentProcess agent)
    {
        JsonNode connection = (await agent.GetAsync("/api/connections"))["connections"]![0]!;
        return ((string)connection["signingSecret"]!, (string)connection["verifySecret"]!);
    }

    private async Task<AgentProcess> StartVerifyingAgentAsync()
    {
        var agent = await AgentProcess.StartAsync(DataFolder, "--standalone");
        return await agent.ReadyAsync(async () =>
        {
            await agent.AddConnectionAsync("plant", Broker.Port, new { verifySecret = Secret, signingSecret = Secret });
            await agent.WaitForStatusAsync("plant", "connected");
        });
    }
}
