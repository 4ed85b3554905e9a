using System.Text.Json;
using Plotune.Mqtt.Agent.Configuration;
using Plotune.Mqtt.Client;
using Plotune.Mqtt.TestSupport;

namespace Plotune.Mqtt.Agent.Tests.Configuration;

public sealed class ConnectionReaderTests
{
    private static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeMilliseconds(1_766_000_000_123);

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

    [Theory]
    [InlineData("plotune/#", "plotune")]
    [InlineData("plotune/", "plotune")]
    [InlineData("plotune//", "plotune")]
    [InlineData("hall/+/motor", "hall")]
    [InlineData("/hall/line1/#", "/hall/line1")]
    [InlineData("$share/group/hall/#", "hall")]
    [InlineData("", "plotune")]
    public void A_producer_publishes_below_its_topic_as_far_as_that_has_no_wildcards(string topic, string expected) =>
        Assert.Equal(expected, Read($$"""{"host":"h","producer":true,"producerTopic":"{{topic}}"}""").ProducerTopic);

    [Theory]
    [InlineData("\"producer\":true", 1_766_000_000_123)]
    [InlineData("\"producer\":true,\"producerSince\":1765000000.456", 1_765_000_000_456)]
    [InlineData("\"producer\":false,\"producerSince\":1765000000.456", null)]
    [InlineData("\"producer\":false", null)]
    [InlineData("\"retain\":false", null)]
    public void Saying_producer_sets_it_as_producer_now_unless_the_time_is_said_too(string members, long? milliseconds) =>
        Assert.Equal(milliseconds, Read($$"""{"host":"h","topics":[{"filter":"a"}],{{members}}}""").ProducerSince?.ToUnixTimeMilliseconds());

    [Fact]
    public void What_is_published_has_the_default_qos_unless_another_is_said()
    {
        Assert.Equal(QualityOfService.AtLeastOnce, Read("""{"host":"h","producer":true}""").ProducerQos);
        Assert.Equal(QualityOfService.AtMostOnce, Read("""{"host":"h","producer":true,"producerQos":0}""").ProducerQos);
    }

    [Fact]
    public void A_producer_needs_no_topics() => Assert.Empty(Read("""{"host":"h","producer":true}""", new FaultList()).Topics);

    [Theory]
    [InlineData("""{"topics":[{"filter":"a"}]}""", "host")]
    [InlineData("""{"host":7,"topics":[{"filter":"a"}]}""", "host")]
    [InlineData("""{"host":"h","port":"1883","topics":[{"filter":"a"}]}""", "port")]
    [InlineData("""{"host":"h","port":0,"topics":[{"filter":"a"}]}""", "port")]
    [InlineData("""{"host":"mqtts://h","transport":"tcp","topics":[{"filter":"a"}]}""", "transport")]
    [InlineData("""{"host":"h:1885","port":1884,"topics":[{"filter":"a"}]}""", "port")]
    [InlineData("""{"host":"ws://h/a","path":"/b","topics":[{"filter":"a"}]}""", "path")]
    [InlineData("""{"host":"mqtt://me@h","username":"you","topics":[{"filter":"a"}]}""", "username")]
    [InlineData("""{"host":"mqtt://me:p@h","password":"q","topics":[{"filter":"a"}]}""", "password")]
    [InlineData("""{"host":"quic://h","topics":[{"filter":"a"}]}""", "host")]
    [InlineData("""{"host":"h","transport":"unix","topics":[{"filter":"a"}]}""", "host")]
    [InlineData("""{"host":"/run/mqtt.sock","topics":[{"filter":"a"}]}""", "host")]
    [InlineData("""{"host":"/run/mqtt.sock","transport":"unix","proxy":"p:1","topics":[{"filter":"a"}]}""", "proxy")]
    [InlineData("""{"host":"h","tls":{"ca":"ca.pem"},"topics":[{"filter":"a"}]}""", "tls.ca")]
    [InlineData("""{"host":"h","tls":{"ca":"/nowhere/ca.pem"},"topics":[{"filter":"a"}]}""", "tls.ca")]
    [InlineData("""{"host":"h","tls":{"certificate":"/nowhere/c.pem"},"topics":[{"filter":"a"}]}""", "tls.certificate")]
    [InlineData("""{"host":"h","tls":{"certificate":"-----BEGIN CERTIFICATE-----","key":"/nowhere/k.pem"},"topics":[{"filter":"a"}]}""", "tls.key")]
    [InlineData("""{"host":"h","tls":{"certificate":"-----BEGIN CERTIFICATE-----\n-----BEGIN EC PRIVATE KEY-----"},"topics":[{"filter":"a"}]}""", "tls.certificate")]
    [InlineData("""{"host":"h","tls":{"ca":"-----BEGIN PRIVATE KEY-----\n-----BEGIN CERTIFICATE-----"},"topics":[{"filter":"a"}]}""", "tls.ca")]
    [InlineData("""{"host":"h","tls":{"key":"-----BEGIN PRIVATE KEY-----"},"topics":[{"filter":"a"}]}""", "tls.certificate")]
    [InlineData("""{"host":"h","tls":{"serverName":"a b"},"topics":[{"filter":"a"}]}""", "tls.serverName")]
    [InlineData("""{"host":"h","tls":{"alpn":7},"topics":[{"filter":"a"}]}""", "tls.alpn")]
    [InlineData("""{"host":"h","tls":{"alpn":["mqtt",7]},"topics":[{"filter":"a"}]}""", "tls.alpn")]
    [InlineData("""{"host":"h","tls":{"alpn":"m q"},"topics":[{"filter":"a"}]}""", "tls.alpn")]
    [InlineData("""{"host":"h","tls":{"checkRevocation":1},"topics":[{"filter":"a"}]}""", "tls.checkRevocation")]
    [InlineData("""{"host":"h","headers":[],"topics":[{"filter":"a"}]}""", "headers")]
    [InlineData("""{"host":"h","headers":{"a b":"c"},"topics":[{"filter":"a"}]}""", "headers.a b")]
    [InlineData("""{"host":"h","headers":{"X":"c\r\nY: d"},"topics":[{"filter":"a"}]}""", "headers.X")]
    [InlineData("""{"host":"h","headers":{"host":"c"},"topics":[{"filter":"a"}]}""", "headers.host")]
    [InlineData("""{"host":"h","headers":{"Upgrade":"c"},"topics":[{"filter":"a"}]}""", "headers.Upgrade")]
    [InlineData("""{"host":"h","headers":{"Sec-WebSocket-Protocol":"c"},"topics":[{"filter":"a"}]}""", "headers.Sec-WebSocket-Protocol")]
    [InlineData("""{"host":"h","headers":{"X":"c","x":"d"},"topics":[{"filter":"a"}]}""", "headers.x")]
    [InlineData("""{"host":"h","headers":{"X":"***"},"topics":[{"filter":"a"}]}""", "headers.X")]
    [InlineData("""{"host":"h","proxy":7,"topics":[{"filter":"a"}]}""", "proxy")]
    [InlineData("""{"host":"h","proxy":"https://p","topics":[{"filter":"a"}]}""", "proxy")]
    [InlineData("""{"host":"h","proxy":"http://p:x","topics":[{"filter":"a"}]}""", "proxy")]
    [InlineData("""{"host":"h","proxy":"http://a%3Ab:p@proxy","topics":[{"filter":"a"}]}""", "proxy")]
    [InlineData("""{"host":"h","proxy":{"port":8080},"topics":[{"filter":"a"}]}""", "proxy.host")]
    [InlineData("""{"host":"h","proxy":{"host":"p:1"},"topics":[{"filter":"a"}]}""", "proxy.host")]
    [InlineData("""{"host":"h","proxy":{"host":"p","username":"a:b"},"topics":[{"filter":"a"}]}""", "proxy.username")]
    [InlineData("""{"host":"h","will":{"payload":"x"},"topics":[{"filter":"a"}]}""", "will.topic")]
    [InlineData("""{"host":"h","will":{"topic":"a/#"},"topics":[{"filter":"a"}]}""", "will.topic")]
    [InlineData("""{"host":"h","will":{"topic":"a","qos":3},"topics":[{"filter":"a"}]}""", "will.qos")]
    [InlineData("""{"host":"h","will":{"topic":"a","delay":-1},"topics":[{"filter":"a"}]}""", "will.delay")]
    [InlineData("""{"host":"h","workers":0,"topics":[{"filter":"a"}]}""", "workers")]
    [InlineData("""{"host":"h","workers":17,"topics":[{"filter":"a"}]}""", "workers")]
    [InlineData("""{"host":"h","workers":2,"topics":[{"filter":"$share/g/a"}]}""", "topics[0].filter")]
    [InlineData("""{"host":"h","shareGroup":"g","topics":[{"filter":"$share/g/a"}]}""", "topics[0].filter")]
    [InlineData("""{"host":"h","shareGroup":"g","topics":[{"filter":"a","noLocal":true}]}""", "topics[0].noLocal")]
    [InlineData("""{"host":"h","shareGroup":"g","topics":["?",{"filter":"a","noLocal":true}]}""", "topics[1].noLocal")]
    [InlineData("""{"host":"mqtt://h/$share/g/a","workers":2}""", "host")]
    [InlineData("""{"host":"ws://h/a b","topics":[{"filter":"a"}]}""", "host")]
    [InlineData("""{"host":"wss://h/a#b","topics":[{"filter":"a"}]}""", "host")]
    [InlineData("""{"host":"h","topics":[{"filter":"a","retainHandling":3}]}""", "topics[0].retainHandling")]
    [InlineData("""{"host":"h","topics":[{"filter":"a","retainAsPublished":"no"}]}""", "topics[0].retainAsPublished")]
    [InlineData("""{"host":"h","name":"other","topics":[{"filter":"a"}]}""", "name")]
    [InlineData("""{"host":"h","enabled":"yes","topics":[{"filter":"a"}]}""", "enabled")]
    [InlineData("""{"host":"h","transport":"quic","topics":[{"filter":"a"}]}""", "transport")]
    [InlineData("""{"host":"h","protocol":"5","topics":[{"filter":"a"}]}""", "protocol")]
    [InlineData("""{"host":"h","path":"mqtt","topics":[{"filter":"a"}]}""", "path")]
    [InlineData("""{"host":"h","keepAlive":65536,"topics":[{"filter":"a"}]}""", "keepAlive")]
    [InlineData("""{"host":"h","sessionExpiry":-1,"topics":[{"filter":"a"}]}""", "sessionExpiry")]
    [InlineData("""{"host":"h","shareGroup":"a/b","topics":[{"filter":"a"}]}""", "shareGroup")]
    [InlineData("""{"host":"h","tls":{"minVersion":"1.0"},"topics":[{"filter":"a"}]}""", "tls.minVersion")]
    [InlineData("""{"host":"h","tls":{"verify":"maybe"},"topics":[{"filter":"a"}]}""", "tls.verify")]
    [InlineData("""{"host":"h","producerTopic":"+/a","topics":[{"filter":"a"}]}""", "producerTopic")]
    [InlineData("""{"host":"h","producerTopic":"#","topics":[{"filter":"a"}]}""", "producerTopic")]
    [InlineData("""{"host":"h","producerTopic":"/","topics":[{"filter":"a"}]}""", "producerTopic")]
    [InlineData("""{"host":"h","producerTopic":"a\u0000","topics":[{"filter":"a"}]}""", "producerTopic")]
    [InlineData("""{"host":"h","producerTopic":"a\u0001","topics":[{"filter":"a"}]}""", "producerTopic")]
    [InlineData("""{"host":"h","producerQos":3,"topics":[{"filter":"a"}]}""", "producerQos")]
    [InlineData("""{"host":"h","producer":true,"producerSince":"now"}""", "producerSince")]
    [InlineData("""{"host":"h","producer":true,"producerSince":1e300}""", "producerSince")]
    [InlineData("""{"host":"h","takeOwnMessages":1,"topics":[{"filter":"a"}]}""", "takeOwnMessages")]
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

    [Theory]
    [InlineData("")]
    [InlineData("unix://")]
    public void The_path_of_a_socket_is_counted_in_bytes(string scheme)
    {
        var faults = new FaultList();

        Read($$"""{"host":"{{scheme}}/{{new string('\u00e9', 53)}}","transport":"unix","topics":[{"filter":"a"}]}""", faults);
        Assert.Empty(faults);
        Read($$"""{"host":"{{scheme}}/{{new string('\u00e9', 54)}}","transport":"unix","topics":[{"filter":"a"}]}""", faults);

        Assert.Equal("host", Assert.Single(faults).Field);
    }

    [Fact]
    public void A_filter_must_fit_with_its_group_in_front()
    {
        var faults = new FaultList();

        Read($$"""{"host":"h","shareGroup":"{{new string('g', 40_000)}}","topics":[{"filter":"a"},{"filter":"{{new string('a', 40_000)}}"}]}""", faults);

        Assert.Equal("topics[1].filter", Assert.Single(faults).Field);
    }

    [Fact]
    public void All_faults_come_at_once()
    {
        var faults = new FaultList();

        Read("""{"port":-1,"transport":"x","protocol":"y","keepAlive":"z","workers":99,"tls":{"ca":"x","verify":"y"},"proxy":1,"will":{},"topics":[{"filter":"#a"}]}""", faults);

        Assert.Equal(
            ["host", "keepAlive", "port", "protocol", "proxy", "tls.ca", "tls.verify", "topics[0].filter", "transport", "will.topic", "workers"], faults.Select(fault => fault.Field).Order(StringComparer.Ordinal));
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
    [InlineData("", "s", "v")]
    [InlineData("\"signingSecret\":\"***\",\"verifySecret\":null,", "s", "v")]
    [InlineData("\"signingSecret\":\"\",", "", "v")]
    [InlineData("\"signingSecret\":\"new\",\"verifySecret\":\"\",", "new", "")]
    public void Shared_secrets_are_kept_unless_replaced_and_an_empty_text_removes_them(string members, string signing, string verify)
    {
        var stored = new BrokerConnectionConfig { Name = "plant", Host = "h", SigningSecret = Secret.From("s"), VerifySecret = Secret.From("v") };

        var config = Read($$"""{{{members}}"host":"h","topics":[{"filter":"a"}]}""", new FaultList(), stored);

        Assert.Equal((signing, verify), (config.SigningSecret.Reveal(), config.VerifySecret.Reveal()));
    }

    [Fact]
    public void Stars_for_a_shared_secret_that_is_not_stored_are_a_fault()
    {
        var faults = new FaultList();

        Read("""{"host":"h","signingSecret":"***","verifySecret":"***","topics":[{"filter":"a"}]}""", faults, new BrokerConnectionConfig { Name = "plant", Host = "h" });

        Assert.Equal(["signingSecret", "verifySecret"], faults.Select(fault => fault.Field));
    }

    [Fact]
    public void A_lost_secret_is_kept_as_lost_whichever_it_is()
    {
        var lost = Secret.Lost("x", "encrypted");
        var stored = new BrokerConnectionConfig
        {
            Name = "plant",
            Host = "h",
            Password = lost,
            SigningSecret = lost,
            VerifySecret = lost,
            Tls = new TlsConfig { Certificate = "-----BEGIN CERTIFICATE-----", Key = lost, KeyPassword = lost },
        };
        var faults = new FaultList();

        var config = Read(
            """{"host":"h","password":"***","signingSecret":"***","tls":{"certificate":"-----BEGIN CERTIFICATE-----","key":"***"},"topics":[{"filter":"a"}]}""", faults, stored);

        Assert.Empty(faults);
        Assert.All([config.Password, config.SigningSecret, config.VerifySecret, config.Tls.Key, config.Tls.KeyPassword], secret => Assert.Equal(lost, secret));
        Assert.NotEqual(lost, Secret.From("encrypted"));
    }

    [Theory]
    [InlineData(65_426, true)]
    [InlineData(65_427, false)]
    public void A_will_that_would_be_too_long_when_it_is_signed_is_a_fault(int length, bool fits)
    {
        var faults = new FaultList();
        var body = $$$"""{"host":"h","topics":[{"filter":"a"}],"will":{"topic":"w","payload":"{{{new string('x', length)}}}"}}""";

        Read(body, faults, new BrokerConnectionConfig { Name = "plant", Host = "h", SigningSecret = Secret.From("s") });

        Assert.Equal(fits ? [] : ["will.payload"], faults.Select(fault => fault.Field));
    }

    [Theory]
    [InlineData("\"host\":\"h\"", BrokerTransport.Tcp, "h", 1883, "/mqtt")]
    [InlineData("\"host\":\"h\",\"transport\":\"tls\"", BrokerTransport.Tls, "h", 8883, "/mqtt")]
    [InlineData("\"host\":\"h\",\"transport\":\"ws\"", BrokerTransport.WebSocket, "h", 80, "/mqtt")]
    [InlineData("\"host\":\"h\",\"transport\":\"wss\",\"path\":\"/a?b=c\"", BrokerTransport.WebSocketTls, "h", 443, "/a?b=c")]
    [InlineData("\"host\":\"h\",\"transport\":\"tls\",\"port\":1883", BrokerTransport.Tls, "h", 1883, "/mqtt")]
    [InlineData("\"host\":\"h:1883\",\"transport\":\"tls\"", BrokerTransport.Tls, "h", 1883, "/mqtt")]
    [InlineData("\"host\":\"mqtts://h\"", BrokerTransport.Tls, "h", 8883, "/mqtt")]
    [InlineData("\"host\":\"mqtts://h\",\"port\":8884", BrokerTransport.Tls, "h", 8884, "/mqtt")]
    [InlineData("\"host\":\"mqtts://[::1]:8884\",\"transport\":\"tls\",\"port\":8884", BrokerTransport.Tls, "::1", 8884, "/mqtt")]
    [InlineData("\"host\":\"::1883\",\"transport\":\"tls\"", BrokerTransport.Tls, "::1883", 8883, "/mqtt")]
    [InlineData("\"host\":\"wss://h/a\"", BrokerTransport.WebSocketTls, "h", 443, "/a")]
    [InlineData("\"host\":\"/run/m.sock\",\"transport\":\"unix\"", BrokerTransport.Unix, "/run/m.sock", 1883, "/mqtt")]
    [InlineData("\"host\":\"unix:///run/m.sock\"", BrokerTransport.Unix, "/run/m.sock", 1883, "/mqtt")]
    public void Address_transport_and_port_are_put_together(string members, BrokerTransport transport, string host, int port, string path)
    {
        var faults = new FaultList();

        var config = Read($$"""{{{members}},"topics":[{"filter":"a"}]}""", faults);

        Assert.Empty(faults);
        Assert.Equal((transport, host, port, path), (config.Transport, config.Host, config.Port, config.Path));
    }

    [Fact]
    public void An_address_brings_user_password_and_topic()
    {
        var config = Read("""{"host":"mqtt://me:p%40ss@h/plant/%23","topics":[{"filter":"a"}]}""", new FaultList());

        Assert.Equal(("me", "p@ss"), (config.UserName, config.Password.Reveal()));
        Assert.Equal(["a", "plant/#"], config.Topics.Select(topic => topic.Filter));
    }

    [Fact]
    public void Everything_that_can_be_said_is_taken()
    {
        using var folder = new TemporaryFolder();
        var file = folder["ca.pem"];
        File.WriteAllText(file, "-----BEGIN CERTIFICATE-----");
        var faults = new FaultList();

        var config = Read(
            $$"""
            {"host":"h","transport":"wss","headers":{"Authorization":"Bearer t0ken"},"proxy":"http://u:pr0xy@p","followRedirect":true,"workers":4,
             "tls":{"ca":"{{file}}","certificate":"{{file}}","key":"-----BEGIN PRIVATE KEY-----","keyPassword":"k","serverName":"broker","minVersion":"1.3","verify":"none","checkRevocation":true,"alpn":"mqtt, x-amzn-mqtt-ca"},
             "will":{"topic":"w","payload":"gone","qos":2,"retain":true,"delay":9},
             "topics":[{"filter":"a","qos":2,"retainHandling":1,"retainAsPublished":true,"noLocal":true}]}
            """,
            faults);

        Assert.Empty(faults);
        Assert.Equal(
            new BrokerConnectionConfig
            {
                Name = "plant",
                Host = "h",
                Port = 443,
                Transport = BrokerTransport.WebSocketTls,
                Headers = [new HeaderConfig("Authorization", Secret.From("Bearer t0ken"))],
                Proxy = new ProxyConfig("p", 8080) { UserName = "u", Password = Secret.From("pr0xy") },
                FollowRedirect = true,
                Workers = 4,
                Tls = new TlsConfig
                {
                    Ca = file,
                    Certificate = file,
                    Key = Secret.From("-----BEGIN PRIVATE KEY-----"),
                    KeyPassword = Secret.From("k"),
                    ServerName = "broker",
                    MinimumVersion = TlsVersion.Tls13,
                    Verify = TlsVerification.None,
                    CheckRevocation = true,
                    ApplicationProtocols = ["mqtt", "x-amzn-mqtt-ca"],
                },
                Will = new WillConfig("w", "gone") { QualityOfService = QualityOfService.ExactlyOnce, Retain = true, Delay = TimeSpan.FromSeconds(9) },
                Topics = [new TopicFilterConfig("a", QualityOfService.ExactlyOnce) { RetainHandling = RetainHandling.SendAtSubscribeIfNew, RetainAsPublished = true, NoLocal = true }],
            },
            config);
    }

    [Theory]
    [InlineData("", "h1", "p1")]
    [InlineData("\"headers\":{\"X-One\":\"***\"},\"proxy\":{\"host\":\"p\",\"password\":\"***\"},", "h1", "p1")]
    [InlineData("\"headers\":{\"X-One\":\"***\"},\"proxy\":\"http://u:***@p\",", "h1", "p1")]
    [InlineData("\"headers\":{\"x-one\":\"h2\"},\"proxy\":{\"host\":\"p\",\"password\":\"p2\"},", "h2", "p2")]
    [InlineData("\"headers\":{},\"proxy\":null,", null, null)]
    [InlineData("\"headers\":{},\"proxy\":\"\",", null, null)]
    public void Stars_keep_headers_and_the_proxys_password(string members, string? header, string? password)
    {
        var stored = new BrokerConnectionConfig
        {
            Name = "plant",
            Host = "h",
            Headers = [new HeaderConfig("X-One", Secret.From("h1"))],
            Proxy = new ProxyConfig("p", 1) { Password = Secret.From("p1") },
        };
        var faults = new FaultList();

        var config = Read($$"""{{{members}}"host":"h","topics":[{"filter":"a"}]}""", faults, stored);

        Assert.Empty(faults);
        Assert.Equal((header, password), (config.Headers.SingleOrDefault()?.Value.Reveal(), config.Proxy?.Password.Reveal()));
    }

    [Fact]
    public void Files_that_have_gone_since_they_were_stored_are_no_fault()
    {
        var stored = new BrokerConnectionConfig
        {
            Name = "plant",
            Host = "h",
            Tls = new TlsConfig { Ca = "/gone/ca.pem", Certificate = "/gone/c.pem", Key = Secret.From("/gone/k.pem") },
        };
        var faults = new FaultList();

        var config = Read("""{"host":"h","enabled":false,"tls":{"ca":"/gone/ca.pem","certificate":"/gone/c.pem","key":"***"},"topics":[{"filter":"a"}]}""", faults, stored);

        Assert.Empty(faults);
        Assert.Equal((false, stored.Tls), (config.Enabled, config.Tls));
    }

    [Fact]
    public void A_pipe_is_not_opened_for_it_would_be_waited_for()
    {
        using var folder = new TemporaryFolder();
        using var making = System.Diagnostics.Process.Start("mkfifo", folder["pipe"]);
        making.WaitForExit();

        Assert.Equal("names a file that is empty", TlsText.SourceError(folder["pipe"]));
    }

    [Fact]
    public void A_fault_never_repeats_a_secret()
    {
        var faults = new FaultList();

        Read("""{"host":"mqtt://u:s3cret@h","password":"other","headers":{"X":"s3cret\n"},"proxy":"ftp://u:s3cret@h","tls":{"key":"s3cret"},"topics":[{"filter":"a"}]}""", faults);

        Assert.Equal(["headers.X", "password", "proxy", "tls.key"], faults.Select(fault => fault.Field).Where(field => field != "tls.certificate").Order(StringComparer.Ordinal));
        Assert.All(faults, fault => Assert.DoesNotContain("s3cret", fault.Message, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("plant", true)]
    [InlineData("[::1]:1883", true)]
    [InlineData("Anlage Süd/2", true)]
    [InlineData("", false)]
    [InlineData(" ", false)]
    [InlineData("a\nb", false)]
    [InlineData(" a", false)]
    [InlineData("New connection", false)]
    public void Name_is_checked(string name, bool valid) => Assert.Equal(valid, ConnectionNameRules.Error(name) is null);

    [Fact]
    public void Name_has_at_most_128_characters()
    {
        Assert.Null(ConnectionNameRules.Error(new string('x', 128)));
        Assert.NotNull(ConnectionNameRules.Error(new string('x', 129)));
    }

    private static BrokerConnectionConfig Read(string body)
    {
        var faults = new FaultList();
        var config = Read(body, faults);
        Assert.Empty(faults);
        return config;
    }

    private static BrokerConnectionConfig Read(string body, FaultList faults, BrokerConnectionConfig? stored = null)
    {
        using var document = JsonDocument.Parse(body);
        return new ConnectionReader(new MqttDefaults(), stored, Now).Read("plant", document.RootElement, faults);
    }
}
