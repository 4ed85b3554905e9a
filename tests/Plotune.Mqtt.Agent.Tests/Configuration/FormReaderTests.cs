using System.Text.Json;
using Plotune.Mqtt.Agent.Configuration;
using Plotune.Mqtt.Client;

namespace Plotune.Mqtt.Agent.Tests.Configuration;

public sealed class FormReaderTests
{
    private const string Complete =
        """{"broker_ip":"127.0.0.1","broker_port":"1883","keepalive":"60","clean_session":true,"qos":"1 : At least once","ssl":false,"topic":"plotune/#","producer":false}""";

    private static readonly BrokerConnectionConfig Stored = new()
    {
        Name = "10.0.0.7:1884",
        Host = "10.0.0.7",
        Port = 1884,
        UserName = "engineer",
        Password = Secret.From("stored"),
        ClientId = "plotune-1",
        KeepAlive = TimeSpan.FromSeconds(30),
        CleanSession = false,
        Topics = [new TopicFilterConfig("old/#", QualityOfService.ExactlyOnce)],
    };

    [Fact]
    public void The_existing_form_makes_a_connection_named_after_host_and_port()
    {
        var config = Save(Complete);

        Assert.Equal("127.0.0.1:1883", config.Name);
        Assert.Equal(new TopicFilterConfig("plotune/#", QualityOfService.AtLeastOnce), Assert.Single(config.Topics));
        Assert.Equal((60, true, false), ((int)config.KeepAlive.TotalSeconds, config.CleanSession, config.Producer));
    }

    [Theory]
    [InlineData("\"2 : Exactly once\"", 2)]
    [InlineData("\"0 : Fire Forget\"", 0)]
    [InlineData("\"1\"", 1)]
    [InlineData("2", 2)]
    [InlineData("null", 1)]
    public void Qos_is_taken_in_every_shape(string json, int qos) =>
        Assert.Equal(qos, (int)Save($$"""{"broker_ip":"h","topic":"a","qos":{{json}}}""").Topics[0].QualityOfService);

    [Theory]
    [InlineData("false", false)]
    [InlineData("\"false\"", false)]
    [InlineData("\"False\"", false)]
    [InlineData("0", false)]
    [InlineData("\"\"", false)]
    [InlineData("true", true)]
    [InlineData("\"true\"", true)]
    [InlineData("\"on\"", true)]
    [InlineData("1", true)]
    public void Checkbox_is_taken_in_every_shape(string json, bool expected) =>
        Assert.Equal(expected, Save($$"""{"broker_ip":"h","topic":"a","clean_session":{{json}}}""").CleanSession);

    [Theory]
    [InlineData("\"h\"", "1884", "h", 1884)]
    [InlineData("\"h\"", "\"1884\"", "h", 1884)]
    [InlineData("\"h\"", "\"\"", "h", 1883)]
    [InlineData("\"h\"", "1884.0", "h", 1884)]
    [InlineData("\"h:1885\"", "\"1883\"", "h", 1885)]
    [InlineData("\"h:1885\"", "1885", "h", 1885)]
    [InlineData("\"mqtt://broker.hivemq.com\"", "\"1883\"", "broker.hivemq.com", 1883)]
    [InlineData("\" [::1]:1885 \"", "1883", "::1", 1885)]
    public void Host_and_port_are_taken_in_every_shape(string host, string port, string expectedHost, int expectedPort)
    {
        var config = Save($$"""{"broker_ip":{{host}},"broker_port":{{port}},"topic":"a"}""");

        Assert.Equal((expectedHost, expectedPort), (config.Host, config.Port));
    }

    [Fact]
    public void An_address_brings_user_password_and_topic()
    {
        var config = Save("""{"broker_ip":"mqtt://me:p%40ss@h:1885/plant/%23","topic":""}""");

        Assert.Equal(("h:1885", "me", "p@ss"), (config.Name, config.UserName, config.Password.Reveal()));
        Assert.Equal("plant/#", Assert.Single(config.Topics).Filter);
    }

    [Fact]
    public void Topics_are_a_list_with_a_qos_each()
    {
        var config = Save("""{"broker_ip":"h","qos":0,"topic":"a","topics":"b/#:2, c/+\nd:x , a:1"}""");

        Assert.Equal(["a1", "b/#2", "c/+0", "d:x0"], config.Topics.Select(topic => $"{topic.Filter}{(int)topic.QualityOfService}"));
    }

    [Theory]
    [InlineData("""{"topic":"a"}""", "broker_ip")]
    [InlineData("""{"broker_ip":"","topic":"a"}""", "broker_ip")]
    [InlineData("""{"broker_ip":"a b","topic":"a"}""", "broker_ip")]
    [InlineData("""{"broker_ip":["h"],"topic":"a"}""", "broker_ip")]
    [InlineData("""{"broker_ip":"mqtts://h","topic":"a"}""", "broker_ip")]
    [InlineData("""{"broker_ip":"h","broker_port":"0","topic":"a"}""", "broker_port")]
    [InlineData("""{"broker_ip":"h","broker_port":"65536","topic":"a"}""", "broker_port")]
    [InlineData("""{"broker_ip":"h","broker_port":"1883.5","topic":"a"}""", "broker_port")]
    [InlineData("""{"broker_ip":"h","broker_port":"mqtt","topic":"a"}""", "broker_port")]
    [InlineData("""{"broker_ip":"h:1884","broker_port":"1885","topic":"a"}""", "broker_port")]
    [InlineData("""{"broker_ip":"h","keepalive":"-1","topic":"a"}""", "keepalive")]
    [InlineData("""{"broker_ip":"h","keepalive":"65536","topic":"a"}""", "keepalive")]
    [InlineData("""{"broker_ip":"h","clean_session":"maybe","topic":"a"}""", "clean_session")]
    [InlineData("""{"broker_ip":"h","qos":"3","topic":"a"}""", "qos")]
    [InlineData("""{"broker_ip":"h","qos":"1x","topic":"a"}""", "qos")]
    [InlineData("""{"broker_ip":"h","ssl":true,"topic":"a"}""", "ssl")]
    [InlineData("""{"broker_ip":"h","ssl":"true","topic":"a"}""", "ssl")]
    [InlineData("""{"broker_ip":"h","topic":""}""", "topic")]
    [InlineData("""{"broker_ip":"h","topic":"a/#/b"}""", "topic")]
    [InlineData("""{"broker_ip":"h","topic":"a#"}""", "topic")]
    [InlineData("""{"broker_ip":"h","topic":"a+/b"}""", "topic")]
    [InlineData("""{"broker_ip":"h","topic":"a","topics":"ok, b+"}""", "topics")]
    [InlineData("""{"broker_ip":"h","topic":"+/x","producer":true}""", "topic")]
    [InlineData("""{"broker_ip":"h","topic":"a","protocol":"4"}""", "protocol")]
    [InlineData("""{"broker_ip":"h","topic":"a","session_expiry":"long"}""", "session_expiry")]
    [InlineData("""{"broker_ip":"h","topic":"a","username":"\ud800"}""", "username")]
    [InlineData("""{"broker_ip":"h","topic":"a","connection":"nobody"}""", "connection")]
    [InlineData("""{"remove":true}""", "connection")]
    [InlineData("""{"remove":true,"connection":"New connection"}""", "connection")]
    public void Fault_names_its_field(string form, string field)
    {
        var faults = new FaultList();

        Assert.Null(Read(form, faults));

        Assert.Equal(field, Assert.Single(faults).Field);
    }

    [Fact]
    public void All_faults_come_at_once()
    {
        var faults = new FaultList();

        Read("""{"broker_ip":"","broker_port":"x","keepalive":"y","clean_session":"z","qos":"9","ssl":true,"topic":"#/a","topics":"+a","producer":"q"}""", faults);

        Assert.Equal(
            ["broker_ip", "broker_port", "clean_session", "keepalive", "producer", "qos", "ssl", "topic", "topics"],
            faults.Select(fault => fault.Field).Distinct().Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Posting_again_adds_filters_and_keeps_what_was_left_empty()
    {
        var config = Save("""{"broker_ip":"10.0.0.7","broker_port":1884,"keepalive":45,"topic":"new/#","username":"","password":"","client_id":""}""");

        Assert.Equal(["old/#", "new/#"], config.Topics.Select(topic => topic.Filter));
        Assert.Equal(("engineer", "stored", "plotune-1", 45), (config.UserName, config.Password.Reveal(), config.ClientId, (int)config.KeepAlive.TotalSeconds));
    }

    [Fact]
    public void A_new_password_replaces_the_stored_one_blanks_included() =>
        Assert.Equal(" new ", Save("""{"broker_ip":"10.0.0.7:1884","topic":"a","password":" new "}""").Password.Reveal());

    [Theory]
    [InlineData("""["a/#","b/#:2"]""")]
    [InlineData("\"a/#, b/#:2\"")]
    [InlineData("\"a/#\\nb/#:2\"")]
    public void Topics_are_taken_as_a_list_and_as_text(string json)
    {
        var config = Save($$"""{"broker_ip":"h","qos":1,"topic":{{json}}}""");

        Assert.Equal([new TopicFilterConfig("a/#", QualityOfService.AtLeastOnce), new TopicFilterConfig("b/#", QualityOfService.ExactlyOnce)], config.Topics);
    }

    [Fact]
    public void A_producer_of_many_topics_publishes_below_the_first() =>
        Assert.Equal("a/out", Save("""{"broker_ip":"h","topic":"a/out/#:2, b/#","producer":true}""").ProducerTopic);

    [Fact]
    public void A_list_of_topics_that_holds_something_else_is_a_fault()
    {
        var faults = new FaultList();

        Assert.Null(Read("""{"broker_ip":"h","topic":["a",1],"producer":true}""", faults));

        Assert.Equal(("topic", "must be a text or a list of texts"), (Assert.Single(faults).Field, faults.Single().Message));
    }

    [Fact]
    public void A_producer_publishes_below_its_topic()
    {
        var config = Save("""{"broker_ip":"h","topic":"plant/out/#","producer":true}""");

        Assert.Equal((true, "plant/out"), (config.Producer, config.ProducerTopic));
    }

    [Fact]
    public void A_chosen_connection_keeps_what_the_form_showed_and_takes_the_rest()
    {
        var form = Complete[..^1] + ""","connection":"10.0.0.7:1884","keepalive":"20"}""";

        var config = Save(form);

        Assert.Equal(Stored with { KeepAlive = TimeSpan.FromSeconds(20) }, config);
    }

    [Fact]
    public void A_chosen_connection_that_the_form_shows_takes_its_defaults_too()
    {
        var offer = FormOffer.Of(Stored, new MqttDefaults());

        var config = Save("""{"connection":"10.0.0.7:1884","broker_ip":"10.0.0.7","broker_port":"1884","keepalive":"60","clean_session":true,"qos":"1","topic":"plotune/#"}""", offer);

        Assert.Equal((60, true), ((int)config.KeepAlive.TotalSeconds, config.CleanSession));
        Assert.Equal(new TopicFilterConfig("plotune/#", QualityOfService.AtLeastOnce), Assert.Single(config.Topics));
    }

    [Fact]
    public void A_chosen_connection_can_be_removed_whatever_the_other_fields_hold() =>
        Assert.Equal(new FormAction.Remove("10.0.0.7:1884"), Read("""{"connection":"10.0.0.7:1884","remove":"true","broker_port":"x"}""", new FaultList()));

    private static BrokerConnectionConfig Save(string form, FormOffer? offer = null)
    {
        var faults = new FaultList();
        var action = Read(form, faults, offer);
        Assert.Empty(faults);
        return Assert.IsType<FormAction.Save>(action).Config;
    }

    private static FormAction? Read(string form, FaultList faults, FormOffer? offer = null)
    {
        using var document = JsonDocument.Parse(form);
        return new FormReader(name => name == Stored.Name ? Stored : null, offer ?? FormOffer.OfDefaults(new MqttDefaults())).Read(document.RootElement, faults);
    }
}
