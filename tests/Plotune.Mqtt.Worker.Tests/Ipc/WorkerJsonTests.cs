using System.Text.Json;
using Plotune.Mqtt.Client;
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
            Transport = BrokerTransport.WebSocketTls,
            Path = "/broker",
            Headers = [new WorkerHeader("x", "y")],
            Tls = new WorkerTls { Ca = "ca", Certificate = "cert", Key = "key", KeyPassword = "kp", ServerName = "sn", MinimumVersion = TlsVersion.Tls13, Verify = TlsVerification.None, CheckRevocation = true },
            Proxy = new WorkerProxy("proxy", 8080) { UserName = "pu", Password = "pp" },
            Will = new WorkerWill("will", "gone") { Qos = 1, Retain = true, DelaySeconds = 6 },
            FollowRedirect = true,
            Part = 1,
            Parts = 3,
            Topics = [new WorkerTopic("a/#", 2) { RetainHandling = 1, RetainAsPublished = true, NoLocal = true }],
            HeldTopics = [new WorkerHeldTopic(new WorkerTopic("b", 1), IsConfirmed: true)],
            SigningSecret = "s",
            VerifySecret = "v",
            TakeOwnMessages = true,
            OwnTopics = ["c/d"],
            Limits = new WorkerLimits { MaximumSignals = 5, ReconnectDelaySeconds = 0.25 },
        };

        var read = JsonSerializer.Deserialize(JsonSerializer.SerializeToUtf8Bytes(settings, WorkerJson.Default.WorkerSettings), WorkerJson.Default.WorkerSettings)!;

        Assert.Equal(settings with { Topics = read.Topics, Headers = read.Headers, HeldTopics = read.HeldTopics, OwnTopics = read.OwnTopics, Tls = settings.Tls with { ApplicationProtocols = read.Tls.ApplicationProtocols } }, read);
        Assert.Equal(settings.Topics, read.Topics);
        Assert.Equal(settings.Headers, read.Headers);
        Assert.Equal(settings.HeldTopics, read.HeldTopics);
        Assert.Equal(settings.OwnTopics, read.OwnTopics);
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

        Assert.Equal(new WorkerSettings { Name = "n", Host = "h", Port = 1, Topics = read.Topics, Tls = new WorkerTls { ApplicationProtocols = read.Tls.ApplicationProtocols } }, read);
        Assert.Empty(read.Topics);
        Assert.Equal(100_000, read.Limits.MaximumSignals);
    }

    [Fact]
    public void Settings_print_without_their_secrets()
    {
        var text = new WorkerSettings
        {
            Name = "n",
            Host = "h",
            Port = 1,
            UserName = "somebody",
            Password = "hunter2",
            Headers = [new WorkerHeader("Authorization", "hunter2")],
            Tls = new WorkerTls { Key = "hunter2" },
            Proxy = new WorkerProxy("p", 1) { Password = "hunter2" },
            SigningSecret = "hunter2",
            VerifySecret = "hunter2",
        }.ToString();

        Assert.DoesNotContain("hunter2", text, StringComparison.Ordinal);
        Assert.DoesNotContain("somebody", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Members_are_named_in_camel_case_and_enums_by_name() =>
        Assert.StartsWith(
            """{"name":"n","mode":"Run","host":"h","port":1,"transport":"Tcp","path":"/mqtt","headers":[],"tls":{"ca":""",
            JsonSerializer.Serialize(new WorkerSettings { Name = "n", Host = "h", Port = 1 }, WorkerJson.Default.WorkerSettings),
            StringComparison.Ordinal);

    [Theory]
    [InlineData("""{"name":"n","host":null,"port":1}""")]
    [InlineData("""{"name":"n","port":1}""")]
    [InlineData("""{"name":"n","host":"h","port":1,"topics":[{"qos":1}]}""")]
    public void Settings_without_what_they_need_are_refused(string json) =>
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize(json, WorkerJson.Default.WorkerSettings));
}
