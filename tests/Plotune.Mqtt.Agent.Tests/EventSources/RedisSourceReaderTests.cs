using System.Text.Json;
using Plotune.Mqtt.Agent.Configuration;
using Plotune.Mqtt.Agent.EventSources.Redis;
using Plotune.Mqtt.Client;

namespace Plotune.Mqtt.Agent.Tests.EventSources;

public sealed class RedisSourceReaderTests
{
    [Fact]
    public void A_connection_is_all_that_has_to_be_said()
    {
        var (settings, faults) = Read("""{"connection":"plant"}""");

        Assert.Empty(faults);
        Assert.Equal(new RedisSourceSettings { Name = "nemo", Connections = ["plant"] }, settings);
        Assert.Equal(("127.0.0.1", 6379, 1, true), (settings.Host, settings.Port, settings.Database, settings.Enabled));
        Assert.Equal(["nemo_mqtt_events", "NEMO_mqtt_events"], settings.Lists);
    }

    [Fact]
    public void Every_member_is_read()
    {
        var (settings, faults) = Read("""
            {"name":"nemo","enabled":false,"host":"[::1]","port":6380,"db":3,"username":"bridge","password":"sesame","tls":true,
             "tlsSettings":{"serverName":"redis.lab","verify":"none"},"lists":["a","b","a"],"statusKeys":[],"controlLists":["c"],"connection":["plant","remote"],
             "topicPrefix":"lab","qos":2,"retain":false,"events":{"tool_saved":false,"tool_enabled":true},"topics":[{"match":"nemo/+","topic":"x/+"}],"state":{"status":"connected"}}
            """);

        Assert.Empty(faults);
        var expected = new RedisSourceSettings
        {
            Name = "nemo",
            Enabled = false,
            Host = "::1",
            Port = 6380,
            Database = 3,
            UserName = "bridge",
            Password = Secret.From("sesame"),
            UsesTls = true,
            Tls = new TlsConfig { ServerName = "redis.lab", Verify = TlsVerification.None },
            Lists = ["a", "b"],
            StatusKeys = [],
            ControlLists = ["c"],
            Connections = ["plant", "remote"],
            TopicPrefix = "lab",
            QualityOfService = QualityOfService.ExactlyOnce,
            Retain = false,
            Events = [new EventFilter("tool_saved", false), new EventFilter("tool_enabled", true)],
            Topics = [new TopicOverride("nemo/+", "x/+")],
        };
        Assert.Equal(expected, settings);
        Assert.Equal("[::1]:6380", settings.Address);
    }

    [Fact]
    public void Secrets_stay_where_they_are_masked_or_absent_and_everything_else_is_replaced()
    {
        var stored = new RedisSourceSettings
        {
            Name = "nemo",
            Connections = ["plant"],
            TopicPrefix = "lab",
            Password = Secret.From("sesame"),
            Tls = new TlsConfig { Certificate = "-----BEGIN CERTIFICATE-----", Key = Secret.From("-----BEGIN PRIVATE KEY-----") },
        };

        Assert.Equal(stored with { TopicPrefix = "" }, Read("""{"connection":"plant"}""", stored).Settings);
        Assert.Equal(stored with { TopicPrefix = "" }, Read("""{"connection":"plant","password":"***","tlsSettings":{"certificate":"-----BEGIN CERTIFICATE-----","key":"***"}}""", stored).Settings);
        Assert.True(Read("""{"connection":"plant","password":""}""", stored).Settings.Password.IsEmpty);
    }

    [Theory]
    [InlineData("""{}""", "connection")]
    [InlineData("""{"connection":[]}""", "connection")]
    [InlineData("""{"connection":""}""", "connection")]
    [InlineData("""{"connection":7}""", "connection")]
    [InlineData("""{"connection":["plant",7]}""", "connection[1]")]
    [InlineData("""{"connection":["plant"," x"]}""", "connection[1]")]
    [InlineData("""{"connection":"plant","name":"other"}""", "name")]
    [InlineData("""{"connection":"plant","host":"redis://x:1"}""", "host")]
    [InlineData("""{"connection":"plant","host":""}""", "host")]
    [InlineData("""{"connection":"plant","port":0}""", "port")]
    [InlineData("""{"connection":"plant","db":-1}""", "db")]
    [InlineData("""{"connection":"plant","tls":"yes"}""", "tls")]
    [InlineData("""{"connection":"plant","tlsSettings":{"ca":"/does/not/exist.pem"}}""", "tlsSettings.ca")]
    [InlineData("""{"connection":"plant","lists":[]}""", "lists")]
    [InlineData("""{"connection":"plant","lists":["a","b","c","d","e","f","g","h","i"]}""", "lists")]
    [InlineData("""{"connection":"plant","lists":["a",""]}""", "lists[1]")]
    [InlineData("""{"connection":"plant","lists":["\ud800"]}""", "lists[0]")]
    [InlineData("""{"connection":"plant","lists":["a:plotune:dead"]}""", "lists[0]")]
    [InlineData("""{"connection":"plant","lists":["a"],"statusKeys":["a"]}""", "lists")]
    [InlineData("""{"connection":"plant","controlLists":["nemo_mqtt_events"]}""", "lists")]
    [InlineData("""{"connection":"plant","topicPrefix":"a/#"}""", "topicPrefix")]
    [InlineData("""{"connection":"plant","qos":3}""", "qos")]
    [InlineData("""{"connection":"plant","retain":1}""", "retain")]
    [InlineData("""{"connection":"plant","events":{"tool_saved":0}}""", "events.tool_saved")]
    [InlineData("""{"connection":"plant","events":[]}""", "events")]
    [InlineData("""{"connection":"plant","topics":[{"match":"a/#/b","topic":"x"}]}""", "topics[0].match")]
    [InlineData("""{"connection":"plant","topics":[{"match":"a","topic":"x"},{"match":"a","topic":"x/+"}]}""", "topics[1].topic")]
    [InlineData("""{"connection":"plant","topics":["a"]}""", "topics[0].match topics[0].topic")]
    public void A_fault_names_its_member(string body, string fields) =>
        Assert.Equal(fields.Split(' '), Read(body).Faults.Select(fault => fault.Field).Distinct());

    [Fact]
    public void Every_fault_is_told_at_once() =>
        Assert.Equal(["port", "db", "connection", "qos"], Read("""{"port":"x","db":"y","qos":"z"}""").Faults.Select(fault => fault.Field));

    private static (RedisSourceSettings Settings, FaultList Faults) Read(string body, RedisSourceSettings? stored = null)
    {
        using var document = JsonDocument.Parse(body);
        var faults = new FaultList();
        return (new RedisSourceReader(stored).Read("nemo", new JsonFields(document.RootElement, "", faults)), faults);
    }
}
