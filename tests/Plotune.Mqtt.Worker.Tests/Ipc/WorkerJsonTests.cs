using System.Text.Json;
using Plotune.Mqtt.Worker.Ipc;

namespace Plotune.Mqtt.Worker.Tests.Ipc;

public sealed class WorkerJsonTests
{
    [Fact]
    public void Settings_come_through_whole()
    {
        var settings = new WorkerSettings
        {
            Name = "Line 1",
            Mode = WorkerMode.Test,
            Host = "broker",
            Port = 1884,
            Protocol = "5.0",
            ClientId = "c",
            UserName = "u",
            Password = "p",
            CleanSession = false,
            SessionExpirySeconds = 3,
            KeepAliveSeconds = 4,
            Topics = [new WorkerTopic("a/#", 2)],
            Limits = new WorkerLimits { MaximumSignals = 5, ReconnectDelaySeconds = 0.25 },
        };

        var read = JsonSerializer.Deserialize(JsonSerializer.SerializeToUtf8Bytes(settings, WorkerJson.Default.WorkerSettings), WorkerJson.Default.WorkerSettings)!;

        Assert.Equal(settings with { Topics = read.Topics }, read);
        Assert.Equal(settings.Topics, read.Topics);
    }

    [Fact]
    public void A_topic_that_was_refused_comes_through()
    {
        var result = new WorkerTestResult { Success = false, Stage = "subscribe", Reason = "No.", Topics = [new WorkerTopicResult("a", null, "Refused.")] };

        var read = JsonSerializer.Deserialize(JsonSerializer.SerializeToUtf8Bytes(result, WorkerJson.Default.WorkerTestResult), WorkerJson.Default.WorkerTestResult)!;

        Assert.Equal(result.Topics, read.Topics);
    }

    [Fact]
    public void Settings_left_out_are_the_defaults()
    {
        var read = JsonSerializer.Deserialize("""{"name":"n","host":"h","port":1}""", WorkerJson.Default.WorkerSettings)!;

        Assert.Equal(new WorkerSettings { Name = "n", Host = "h", Port = 1, Topics = read.Topics }, read);
        Assert.Empty(read.Topics);
        Assert.Equal(100_000, read.Limits.MaximumSignals);
    }

    [Fact]
    public void Settings_print_without_their_secrets()
    {
        var text = new WorkerSettings { Name = "n", Host = "h", Port = 1, UserName = "somebody", Password = "hunter2" }.ToString();

        Assert.DoesNotContain("hunter2", text, StringComparison.Ordinal);
        Assert.DoesNotContain("somebody", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Members_are_named_in_camel_case_and_enums_by_name() =>
        Assert.StartsWith(
            """{"name":"n","mode":"Run","host":"h","port":1,"protocol":"auto","clientId":"","userName":null,"password":null,"cleanSession":true""",
            JsonSerializer.Serialize(new WorkerSettings { Name = "n", Host = "h", Port = 1 }, WorkerJson.Default.WorkerSettings),
            StringComparison.Ordinal);

    [Theory]
    [InlineData("""{"name":"n","host":null,"port":1}""")]
    [InlineData("""{"name":"n","port":1}""")]
    [InlineData("""{"name":"n","host":"h","port":1,"topics":[{"qos":1}]}""")]
    public void Settings_without_what_they_need_are_refused(string json) =>
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize(json, WorkerJson.Default.WorkerSettings));
}
