using System.Text.Json;
using Plotune.Mqtt.Agent.Configuration;
using Plotune.Mqtt.Client;

namespace Plotune.Mqtt.Agent.Tests.Configuration;

public sealed class ConnectionReaderTests
{
    [Fact]
    public void Minimal_body_gets_the_defaults()
    {
        var config = Read("""{"host":"h","topics":[{"filter":"a/#"}]}""", new FaultList());

        Assert.Equal(
            new BrokerConnectionConfig { Name = "plant", Host = "h", Topics = [new TopicFilterConfig("a/#", QualityOfService.AtLeastOnce)] },
            config);
    }

    [Fact]
    public void Without_topics_the_default_topic_is_subscribed_to() =>
        Assert.Equal([new TopicFilterConfig("plotune/#", QualityOfService.AtLeastOnce)], Read("""{"host":"h"}""", new FaultList()).Topics);

    [Fact]
    public void A_producer_needs_no_topics() => Assert.Empty(Read("""{"host":"h","producer":true}""", new FaultList()).Topics);

    [Theory]
    [InlineData("""{"topics":[{"filter":"a"}]}""", "host")]
    [InlineData("""{"host":7,"topics":[{"filter":"a"}]}""", "host")]
    [InlineData("""{"host":"h:1883","topics":[{"filter":"a"}]}""", "host")]
    [InlineData("""{"host":"mqtt://h","topics":[{"filter":"a"}]}""", "host")]
    [InlineData("""{"host":"h","port":"1883","topics":[{"filter":"a"}]}""", "port")]
    [InlineData("""{"host":"h","port":0,"topics":[{"filter":"a"}]}""", "port")]
    [InlineData("""{"host":"h","name":"other","topics":[{"filter":"a"}]}""", "name")]
    [InlineData("""{"host":"h","enabled":"yes","topics":[{"filter":"a"}]}""", "enabled")]
    [InlineData("""{"host":"h","transport":"tls","topics":[{"filter":"a"}]}""", "transport")]
    [InlineData("""{"host":"h","transport":"quic","topics":[{"filter":"a"}]}""", "transport")]
    [InlineData("""{"host":"h","protocol":"5","topics":[{"filter":"a"}]}""", "protocol")]
    [InlineData("""{"host":"h","path":"mqtt","topics":[{"filter":"a"}]}""", "path")]
    [InlineData("""{"host":"h","keepAlive":65536,"topics":[{"filter":"a"}]}""", "keepAlive")]
    [InlineData("""{"host":"h","sessionExpiry":-1,"topics":[{"filter":"a"}]}""", "sessionExpiry")]
    [InlineData("""{"host":"h","shareGroup":"a/b","topics":[{"filter":"a"}]}""", "shareGroup")]
    [InlineData("""{"host":"h","tls":{"minVersion":"1.0"},"topics":[{"filter":"a"}]}""", "tls.minVersion")]
    [InlineData("""{"host":"h","tls":{"verify":"maybe"},"topics":[{"filter":"a"}]}""", "tls.verify")]
    [InlineData("""{"host":"h","producerTopic":"a/#","topics":[{"filter":"a"}]}""", "producerTopic")]
    [InlineData("""{"host":"h","topics":[]}""", "topics")]
    [InlineData("""{"host":"h","topics":"a"}""", "topics")]
    [InlineData("""{"host":"h","topics":["a"]}""", "topics[0]")]
    [InlineData("""{"host":"h","topics":[{"filter":"a"},{"filter":"a"}]}""", "topics[1].filter")]
    [InlineData("""{"host":"h","topics":[{"filter":"a"},{"filter":"#/a"}]}""", "topics[1].filter")]
    [InlineData("""{"host":"h","topics":[{"filter":"a","qos":3}]}""", "topics[0].qos")]
    public void Fault_names_its_member(string body, string field)
    {
        var faults = new FaultList();

        Read(body, faults);

        Assert.Contains(faults, fault => fault.Field == field);
    }

    [Fact]
    public void All_faults_come_at_once()
    {
        var faults = new FaultList();

        Read("""{"port":-1,"transport":"x","protocol":"y","keepAlive":"z","topics":[{"filter":"#a"}]}""", faults);

        Assert.Equal(["host", "keepAlive", "port", "protocol", "topics[0].filter", "transport"], faults.Select(fault => fault.Field).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("\"password\":\"***\",", "kept")]
    [InlineData("", "kept")]
    [InlineData("\"password\":\"\",", "")]
    [InlineData("\"password\":\"new\",", "new")]
    public void Stars_keep_the_stored_secret(string member, string expected)
    {
        var stored = new BrokerConnectionConfig { Name = "plant", Host = "h", Password = Secret.From("kept") };

        var config = Read($$"""{{{member}}"host":"h","topics":[{"filter":"a"}]}""", new FaultList(), stored);

        Assert.Equal(expected, config.Password.Reveal());
    }

    [Theory]
    [InlineData("plant", true)]
    [InlineData("[::1]:1883", true)]
    [InlineData("Anlage Süd/2", true)]
    [InlineData("", false)]
    [InlineData(" ", false)]
    [InlineData("a\nb", false)]
    [InlineData(" a", false)]
    public void Name_is_checked(string name, bool valid) => Assert.Equal(valid, ConnectionNameRules.Error(name) is null);

    [Fact]
    public void Name_has_at_most_128_characters()
    {
        Assert.Null(ConnectionNameRules.Error(new string('x', 128)));
        Assert.NotNull(ConnectionNameRules.Error(new string('x', 129)));
    }

    private static BrokerConnectionConfig Read(string body, FaultList faults, BrokerConnectionConfig? stored = null)
    {
        using var document = JsonDocument.Parse(body);
        return new ConnectionReader(new MqttDefaults(), stored).Read("plant", document.RootElement, faults);
    }
}
