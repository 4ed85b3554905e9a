using System.Text.Json;
using System.Text.Json.Nodes;
using Plotune.Mqtt.Agent.BuiltInBroker;
using Plotune.Mqtt.Agent.Configuration;
using Plotune.Mqtt.Client;

namespace Plotune.Mqtt.Agent.Tests.Configuration;

public sealed class FormReaderTests
{
    private static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeMilliseconds(1_766_000_000_123);

    private const string Complete =
        """{"broker_ip":"127.0.0.1","broker_port":"1883","keepalive":"60","clean_session":true,"qos":"1 : At least once","ssl":false,"topic":"plotune/#","producer":false}""";

    private static readonly BrokerConnectionConfig Secured = new()
    {
        Name = "secured",
        Host = "10.0.0.9",
        Port = 8883,
        Transport = BrokerTransport.Tls,
        Topics = [new TopicFilterConfig("a", QualityOfService.AtLeastOnce)],
        Tls = new TlsConfig
        {
            Ca = "/gone/ca.pem",
            Certificate = "/gone/cert.pem",
            Key = Secret.From("/gone/key.pem"),
            KeyPassword = Secret.From("k"),
            ServerName = "broker",
            Verify = TlsVerification.None,
            CheckRevocation = true,
            ApplicationProtocols = ["mqtt", "other"],
        },
        Proxy = new ProxyConfig("proxy", 3128) { UserName = "u", Password = Secret.From("p") },
    };

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

    private static readonly ValueList<TopicFilterConfig> Peculiar =
    [
        new TopicFilterConfig("x:1", QualityOfService.AtLeastOnce) { RetainHandling = RetainHandling.DoNotSend },
        new TopicFilterConfig("a,b", QualityOfService.ExactlyOnce) { NoLocal = true },
        new TopicFilterConfig("c/#") { RetainAsPublished = true },
    ];

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

    [Theory]
    [InlineData("\"h\"", "1883", "true", BrokerTransport.Tls, 8883)]
    [InlineData("\"h\"", "\"\"", "\"true\"", BrokerTransport.Tls, 8883)]
    [InlineData("\"h\"", "8884", "true", BrokerTransport.Tls, 8884)]
    [InlineData("\"h:1883\"", "1883", "true", BrokerTransport.Tls, 1883)]
    [InlineData("\"mqtt://h\"", "1883", "true", BrokerTransport.Tls, 8883)]
    [InlineData("\"mqtts://h\"", "1883", "false", BrokerTransport.Tls, 8883)]
    [InlineData("\"wss://h/a\"", "1883", "false", BrokerTransport.WebSocketTls, 443)]
    [InlineData("\"ws://h\"", "9001", "true", BrokerTransport.WebSocketTls, 9001)]
    [InlineData("\"h\"", "1883", "false,\"transport\":\"wss\"", BrokerTransport.WebSocketTls, 443)]
    [InlineData("\"h\"", "1883", "false,\"transport\":\"from the address and SSL\"", BrokerTransport.Tcp, 1883)]
    [InlineData("\"h\"", "8884", "true,\"transport\":\"wss\"", BrokerTransport.WebSocketTls, 8884)]
    public void Ssl_scheme_and_transport_are_put_together(string host, string port, string ssl, BrokerTransport transport, int expectedPort)
    {
        var config = Save($$"""{"broker_ip":{{host}},"broker_port":{{port}},"ssl":{{ssl}},"topic":"a"}""");

        Assert.Equal((transport, expectedPort, $"h:{expectedPort}"), (config.Transport, config.Port, config.Name));
    }

    [Fact]
    public void A_socket_of_this_computer_is_named_by_its_path()
    {
        var config = Save("""{"broker_ip":"unix:///run/m.sock","broker_port":"1883","ssl":false,"topic":"a"}""");

        Assert.Equal(("/run/m.sock", "/run/m.sock", BrokerTransport.Unix), (config.Name, config.Host, config.Transport));
    }

    [Fact]
    public void The_security_tab_is_taken()
    {
        var config = Save(
            """
            {"broker_ip":"h","topic":"a","transport":"wss","websocket_path":"/m","tls_ca":"-----BEGIN CERTIFICATE-----","tls_certificate":"-----BEGIN CERTIFICATE-----",
             "tls_key":"-----BEGIN PRIVATE KEY-----","tls_key_password":"k","tls_server_name":"broker","tls_verify":"none (insecure)","tls_alpn":"mqtt","proxy":"u:p@proxy:3128"}
            """);

        Assert.Equal(
            new TlsConfig
            {
                Ca = "-----BEGIN CERTIFICATE-----",
                Certificate = "-----BEGIN CERTIFICATE-----",
                Key = Secret.From("-----BEGIN PRIVATE KEY-----"),
                KeyPassword = Secret.From("k"),
                ServerName = "broker",
                Verify = TlsVerification.None,
                ApplicationProtocols = ["mqtt"],
            },
            config.Tls);
        Assert.Equal(("/m", new ProxyConfig("proxy", 3128) { UserName = "u", Password = Secret.From("p") }), (config.Path, config.Proxy));
    }

    [Fact]
    public void A_shown_connection_keeps_its_security_when_it_comes_back_as_shown()
    {
        var offer = FormOffer.Of(Secured, new MqttDefaults());

        var config = Save(Shown(offer), offer, Secured);

        Assert.Equal(Secured, config);
    }

    [Fact]
    public void What_is_emptied_in_a_shown_connection_is_removed_and_the_key_goes_with_its_certificate()
    {
        var offer = FormOffer.Of(Secured, new MqttDefaults());

        var config = Save(Shown(offer with { Tls = TlsConfig.Default, Proxy = "", Transport = null, Port = 1883 }), offer, Secured);

        Assert.Equal((TlsConfig.Default with { CheckRevocation = true }, (ProxyConfig?)null, BrokerTransport.Tcp, 1883), (config.Tls, config.Proxy, config.Transport, config.Port));
    }

    [Fact]
    public void A_form_without_the_security_tab_leaves_security_as_it_is()
    {
        var config = Save("""{"broker_ip":"10.0.0.9","broker_port":8883,"topic":"b"}""", stored: Secured with { Name = "10.0.0.9:8883" });

        Assert.Equal((Secured.Tls, Secured.Proxy, BrokerTransport.Tls), (config.Tls, config.Proxy, config.Transport));
    }

    [Fact]
    public void Ssl_that_is_switched_on_in_a_shown_connection_moves_to_the_usual_port()
    {
        var stored = Stored with { Name = "10.0.0.7:1883", Port = 1883 };
        var offer = FormOffer.Of(stored, new MqttDefaults());

        var config = Save("""{"connection":"10.0.0.7:1883","broker_ip":"10.0.0.7","broker_port":"1883","ssl":true}""", offer, stored);

        Assert.Equal((BrokerTransport.Tls, 8883, "10.0.0.7:1883"), (config.Transport, config.Port, config.Name));
    }

    [Fact]
    public void A_changed_host_keeps_the_port_the_form_showed()
    {
        var offer = FormOffer.Of(Stored, new MqttDefaults());

        var config = Save("""{"connection":"10.0.0.7:1884","broker_ip":"10.0.0.8","broker_port":"1884","ssl":false}""", offer);

        Assert.Equal(("10.0.0.8", 1884, BrokerTransport.Tcp), (config.Host, config.Port, config.Transport));
    }

    [Fact]
    public void A_host_in_the_place_of_a_socket_is_reached_by_TCP()
    {
        var stored = new BrokerConnectionConfig { Name = "plant", Host = "/run/m.sock", Transport = BrokerTransport.Unix, Topics = [new TopicFilterConfig("a")] };
        var offer = FormOffer.Of(stored, new MqttDefaults());

        var config = Save("""{"connection":"plant","broker_ip":"10.0.0.1","broker_port":"1883","ssl":false}""", offer, stored);

        Assert.Equal(("10.0.0.1", 1883, BrokerTransport.Tcp), (config.Host, config.Port, config.Transport));
    }

    [Fact]
    public void A_connection_that_was_led_elsewhere_goes_where_its_name_says_when_that_is_typed_again()
    {
        var config = Save("""{"broker_ip":"10.0.0.7","broker_port":1884,"topic":"a"}""", stored: Stored with { Host = "10.0.0.8", Port = 9999 });

        Assert.Equal(("10.0.0.7:1884", "10.0.0.7", 1884), (config.Name, config.Host, config.Port));
    }

    [Theory]
    [InlineData("""{}""")]
    [InlineData("""{"qos":"1 : At least once"}""")]
    [InlineData("""{"topic":"x:1"}""")]
    [InlineData("""{"topics":"a,b:2, c/#:0"}""")]
    [InlineData("""{"topic":"x:1","topics":"a,b:2, c/#:0","qos":"1"}""")]
    public void Filters_that_a_text_cannot_say_and_their_options_stay_if_they_come_back_as_shown(string changes)
    {
        var stored = Stored with { Topics = Peculiar };
        var offer = FormOffer.Of(stored, new MqttDefaults());
        var form = JsonNode.Parse(Shown(offer))!.AsObject();
        form["keepalive"] = "5";
        form["topic"] = form["topics"] = null;
        foreach (var (key, value) in JsonNode.Parse(changes)!.AsObject()) form[key] = value?.DeepClone();

        Assert.Equal(stored with { KeepAlive = TimeSpan.FromSeconds(5) }, Save(form.ToJsonString(), offer, stored));
    }

    [Fact]
    public void A_shown_list_that_was_changed_keeps_the_options_of_filters_that_are_still_there()
    {
        var stored = Stored with { Topics = Peculiar };
        var offer = FormOffer.Of(stored, new MqttDefaults());

        var config = Save("""{"connection":"10.0.0.7:1884","broker_ip":"10.0.0.7","qos":"2","topic":"x:1","topics":"c/#:1, new"}""", offer, stored);

        Assert.Equal(
            [Peculiar[0] with { QualityOfService = QualityOfService.ExactlyOnce }, Peculiar[2] with { QualityOfService = QualityOfService.AtLeastOnce }, new TopicFilterConfig("new", QualityOfService.ExactlyOnce)],
            config.Topics);
    }

    [Fact]
    public void Posting_a_filter_again_keeps_its_options()
    {
        var config = Save("""{"broker_ip":"10.0.0.7","broker_port":1884,"topic":"c/#:1"}""", stored: Stored with { Topics = Peculiar });

        Assert.Equal([Peculiar[0], Peculiar[1], Peculiar[2] with { QualityOfService = QualityOfService.AtLeastOnce }], config.Topics);
    }

    [Theory]
    [InlineData("\"topic\":\"$share/x/b\"", "topic", "g", 1)]
    [InlineData("\"topic\":\"b\",\"topics\":\"$share/x/b\"", "topics", "", 2)]
    public void What_a_shared_connection_cannot_take_is_a_fault(string members, string field, string group, int workers)
    {
        var faults = new FaultList();

        Assert.Null(Read($$"""{"broker_ip":"10.0.0.7","broker_port":1884,{{members}}}""", faults, stored: Stored with { ShareGroup = group, Workers = workers }));

        Assert.Equal(field, Assert.Single(faults).Field);
    }

    [Fact]
    public void Posting_again_and_again_does_not_get_past_the_limit_of_filters()
    {
        var faults = new FaultList();
        var stored = Stored with { Topics = [.. Enumerable.Range(0, TopicFilterConfig.MaximumCount).Select(i => new TopicFilterConfig($"t/{i}"))] };

        Assert.Null(Read("""{"broker_ip":"10.0.0.7","broker_port":1884,"topic":"one/more"}""", faults, stored: stored));

        Assert.Equal("topics", Assert.Single(faults).Field);
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
    [InlineData("""{"broker_ip":"h","ssl":"maybe","topic":"a"}""", "ssl")]
    [InlineData("""{"broker_ip":"h","ssl":true,"transport":"tcp","topic":"a"}""", "transport")]
    [InlineData("""{"broker_ip":"mqtts://h","transport":"ws","topic":"a"}""", "transport")]
    [InlineData("""{"broker_ip":"h","transport":"pigeon","topic":"a"}""", "transport")]
    [InlineData("""{"broker_ip":"h","websocket_path":"a b","topic":"a"}""", "websocket_path")]
    [InlineData("""{"broker_ip":"ws://h/a","websocket_path":"/b","topic":"a"}""", "websocket_path")]
    [InlineData("""{"broker_ip":"h","tls_ca":"/nowhere/ca.pem","topic":"a"}""", "tls_ca")]
    [InlineData("""{"broker_ip":"h","tls_certificate":"nowhere","topic":"a"}""", "tls_certificate")]
    [InlineData("""{"broker_ip":"h","tls_certificate":"-----BEGIN CERTIFICATE-----","tls_key":"nowhere","topic":"a"}""", "tls_key")]
    [InlineData("""{"broker_ip":"h","tls_certificate":"-----BEGIN CERTIFICATE-----\n-----BEGIN RSA PRIVATE KEY-----","topic":"a"}""", "tls_certificate")]
    [InlineData("""{"broker_ip":"h","tls_ca":"-----BEGIN ENCRYPTED PRIVATE KEY-----","topic":"a"}""", "tls_ca")]
    [InlineData("""{"broker_ip":"h","tls_key":"-----BEGIN PRIVATE KEY-----","topic":"a"}""", "tls_certificate")]
    [InlineData("""{"broker_ip":"h","tls_server_name":"a b","topic":"a"}""", "tls_server_name")]
    [InlineData("""{"broker_ip":"h","tls_verify":"a bit","topic":"a"}""", "tls_verify")]
    [InlineData("""{"broker_ip":"h","tls_alpn":"m q","topic":"a"}""", "tls_alpn")]
    [InlineData("""{"broker_ip":"h","proxy":"socks://p","topic":"a"}""", "proxy")]
    [InlineData("""{"broker_ip":"unix:///run/m.sock","proxy":"p:1","topic":"a"}""", "proxy")]
    [InlineData("""{"broker_ip":"h","topic":""}""", "topic")]
    [InlineData("""{"broker_ip":"h","topic":"a/#/b"}""", "topic")]
    [InlineData("""{"broker_ip":"h","topic":"a#"}""", "topic")]
    [InlineData("""{"broker_ip":"h","topic":"a+/b"}""", "topic")]
    [InlineData("""{"broker_ip":"h","topic":"a","topics":"ok, b+"}""", "topics")]
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

        Read("""{"broker_ip":"","broker_port":"x","keepalive":"y","clean_session":"z","qos":"9","ssl":"w","topic":"#/a","topics":"+a","producer":"q"}""", faults);

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

    [Theory]
    [InlineData("plotune/#", "plotune")]
    [InlineData("hall/", "hall")]
    [InlineData("hall/+/x", "hall")]
    [InlineData("#", "plotune")]
    [InlineData("+/x", "plotune")]
    public void A_producer_publishes_below_its_topic_as_far_as_that_has_no_wildcards(string topic, string expected) =>
        Assert.Equal(expected, Save($$"""{"broker_ip":"h","topic":"{{topic}}","producer":true}""").ProducerTopic);

    [Fact]
    public void A_producer_publishes_with_the_forms_qos() =>
        Assert.Equal(QualityOfService.ExactlyOnce, Save("""{"broker_ip":"h","topic":"a","qos":"2 : Exactly once","producer":true}""").ProducerQos);

    [Fact]
    public void A_checked_box_sets_it_as_producer_now_and_an_unchecked_one_not()
    {
        Assert.Equal(Now, Save("""{"broker_ip":"h","topic":"a","producer":true}""").ProducerSince);
        Assert.Equal(Now, Save("""{"broker_ip":"10.0.0.7:1884","topic":"a","producer":"true"}""", stored: Stored with { Producer = true, ProducerSince = Now.AddDays(-1) }).ProducerSince);
        Assert.Null(Save("""{"broker_ip":"10.0.0.7:1884","topic":"a","producer":false}""", stored: Stored with { Producer = true, ProducerSince = Now.AddDays(-1) }).ProducerSince);
    }

    [Fact]
    public void A_box_left_as_the_form_showed_it_says_nothing()
    {
        var stored = Stored with { Producer = true, ProducerSince = Now.AddDays(-1), ProducerQos = QualityOfService.AtMostOnce };
        var offer = FormOffer.Of(stored, new MqttDefaults());

        var config = Save(Shown(offer), offer, stored);

        Assert.Equal((true, Now.AddDays(-1), QualityOfService.AtMostOnce), (config.Producer, config.ProducerSince, config.ProducerQos));
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

    /// <summary>What comes back of a form that nobody touched.</summary>
    private static string Shown(FormOffer offer)
    {
        var fields = new FormBuilder(offer, ["secured"], new BuiltInBrokerSettings(), "http://h").Build().Fields.Where(field => field.Value.Type != "button");
        return new JsonObject(fields.Select(field => KeyValuePair.Create(field.Key, field.Value.Default?.DeepClone()))).ToJsonString();
    }

    private static BrokerConnectionConfig Save(string form, FormOffer? offer = null, BrokerConnectionConfig? stored = null)
    {
        var faults = new FaultList();
        var action = Read(form, faults, offer, stored);
        Assert.Empty(faults);
        return Assert.IsType<FormAction.Save>(action).Config;
    }

    private static FormAction? Read(string form, FaultList faults, FormOffer? offer = null, BrokerConnectionConfig? stored = null)
    {
        stored ??= Stored;
        using var document = JsonDocument.Parse(form);
        return new FormReader(name => name == stored.Name ? stored : null, offer ?? FormOffer.OfDefaults(new MqttDefaults()), Now).Read(document.RootElement, faults);
    }
}
