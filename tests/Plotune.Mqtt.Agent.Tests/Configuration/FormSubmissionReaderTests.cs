using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Plotune.Mqtt.Agent.BuiltInBroker;
using Plotune.Mqtt.Agent.Configuration;
using Plotune.Mqtt.Client;

namespace Plotune.Mqtt.Agent.Tests.Configuration;

public sealed class FormSubmissionReaderTests
{
    private static readonly PasswordHash Sesame = PasswordHash.Of("sesame");

    private static readonly MqttDefaults Defaults = new();

    private readonly Dictionary<string, BrokerConnectionConfig> _connections = [];
    private BuiltInBrokerSettings _stored = new();
    private bool _runs;

    [Fact]
    public void A_form_of_an_older_client_changes_nothing_of_the_broker()
    {
        _stored = new BuiltInBrokerSettings { Enabled = true, Port = 1885, Password = Sesame, Bind = IPAddress.Any };

        var submission = Read("""{"broker_ip":"h","broker_port":"1884","keepalive":"60","clean_session":true,"qos":"1 : At least once","ssl":false,"topic":"plotune/#","producer":false}""");

        Assert.Null(submission.Broker);
        Assert.Equal("h:1884", Saved(submission).Name);
    }

    [Fact]
    public void A_form_that_comes_back_as_it_was_shown_changes_nothing_of_the_broker_and_makes_the_connection_as_ever()
    {
        _stored = new BuiltInBrokerSettings { Enabled = true, Port = 1885, WebSocketPort = 9001, UserName = "me", Password = Sesame };

        var submission = Read(Shown());

        Assert.Null(submission.Broker);
        Assert.Equal("127.0.0.1:1883", Saved(submission).Name);
    }

    [Theory]
    [InlineData("true")]
    [InlineData("\"true\"")]
    [InlineData("\"on\"")]
    [InlineData("1")]
    public void Switching_the_broker_on_makes_no_connection_from_fields_that_were_left_alone(string on)
    {
        var submission = Read(Shown(("builtin_enabled", on), ("builtin_port", "\"1884\"")));

        Assert.Equal((true, 1884), (submission.Broker!.Enabled, submission.Broker.Port));
        Assert.Null(submission.Connection);
    }

    [Theory]
    [InlineData("qos", "1")]
    [InlineData("qos", "\"1\"")]
    [InlineData("keepalive", "60")]
    [InlineData("clean_session", "\"true\"")]
    [InlineData("ssl", "0")]
    [InlineData("topic", "[\"plotune/#\"]")]
    public void A_field_is_left_alone_in_whatever_shape_its_value_comes_back(string key, string value) =>
        Assert.Null(Read(Shown(("builtin_enabled", "true"), (key, value))).Connection);

    [Theory]
    [InlineData("broker_ip", "\"h\"")]
    [InlineData("keepalive", "17")]
    [InlineData("password", "\"x\"")]
    [InlineData("topic", "\"other/#\"")]
    [InlineData("producer", "true")]
    public void What_was_typed_besides_is_a_connection_besides(string key, string value) =>
        Assert.NotNull(Read(Shown(("builtin_enabled", "true"), ("builtin_port", "1999"), (key, value))).Connection);

    [Theory]
    [InlineData("\"127.0.0.1\"", "0.0.0.0")]
    [InlineData("\"localhost\"", "127.0.0.1")]
    [InlineData("\"mqtt://127.0.0.1:1883\"", "127.0.0.1")]
    public void A_connection_that_would_lead_to_the_broker_once_more_is_not_made(string host, string bind)
    {
        var submission = Read(Shown(
            ("builtin_enabled", "true"), ("builtin_bind", $"\"{bind}\""), ("builtin_password", "\"sesame\""), ("broker_ip", host), ("topic", "\"other/#\"")));

        Assert.Null(submission.Connection);
        Assert.EndsWith(":1883", submission.Unmade, StringComparison.Ordinal);
    }

    [Fact]
    public void One_that_is_stored_already_is_changed_as_ever()
    {
        _connections["127.0.0.1:1883"] = new BrokerConnectionConfig { Name = "127.0.0.1:1883", Host = "127.0.0.1" };

        var submission = Read(Shown(("builtin_enabled", "true"), ("topic", "\"other/#\"")));

        Assert.Equal("127.0.0.1:1883", Saved(submission).Name);
        Assert.Null(submission.Unmade);
    }

    [Fact]
    public void While_the_broker_runs_its_address_means_the_agents_own_connection_to_it()
    {
        _runs = true;
        _stored = new BuiltInBrokerSettings { Enabled = true };
        _connections["built-in-broker"] = new BrokerConnectionConfig
        {
            Name = "built-in-broker",
            Host = "127.0.0.1",
            UserName = AgentToken.UserName,
            Password = Secret.From("token"),
            ClientId = "plotune-1",
            Topics = [new TopicFilterConfig("hall/#", QualityOfService.AtLeastOnce)],
        };

        var config = Saved(Read(Shown(("topic", "\"other/#\""), ("keepalive", "17"), ("username", "\"me\""), ("password", "\"x\""))));

        Assert.Equal(("built-in-broker", 17, AgentToken.UserName, "token", "plotune-1"), (config.Name, (int)config.KeepAlive.TotalSeconds, config.UserName, config.Password.Reveal(), config.ClientId));
        Assert.Equal(["hall/#", "other/#"], config.Topics.Select(topic => topic.Filter));
    }

    [Fact]
    public void Topics_that_it_has_anyway_are_not_added()
    {
        _runs = true;
        _stored = new BuiltInBrokerSettings { Enabled = true };
        _connections["built-in-broker"] = new BrokerConnectionConfig { Name = "built-in-broker", Host = "127.0.0.1", Topics = [new TopicFilterConfig("#", QualityOfService.AtLeastOnce)] };

        Assert.Equal(["#"], Saved(Read(Shown())).Topics.Select(topic => topic.Filter));
    }

    [Theory]
    [InlineData("""{"builtin_enabled":true}""")]
    [InlineData("""{"builtin_enabled":true,"broker_ip":""}""")]
    [InlineData("""{"builtin_enabled":true,"broker_ip":"","broker_port":"1883","topic":"a/#","connection":"New connection"}""")]
    public void Without_a_host_the_broker_alone_is_meant_switched_on_before_or_not(string form)
    {
        Assert.Equal((null, true), (Read(form).Connection, Read(form).Broker!.Enabled));

        _stored = new BuiltInBrokerSettings { Enabled = true };

        Assert.Equal(new FormSubmission(null, null), Read(form));
    }

    [Fact]
    public void Without_a_host_and_without_a_broker_the_host_is_missing() => Assert.Equal(["broker_ip"], Faults("""{"broker_ip":"","topic":"a/#","builtin_enabled":false}"""));

    [Theory]
    [InlineData("\"\"")]
    [InlineData("null")]
    [InlineData("\"***\"")]
    [InlineData("\"sesame\"")]
    public void An_empty_password_keeps_the_stored_one_and_so_does_the_same(string password)
    {
        _stored = new BuiltInBrokerSettings { Enabled = true, Password = Sesame };

        Assert.Null(Read(Shown(("builtin_password", password))).Broker);
    }

    [Fact]
    public void A_password_that_is_typed_is_taken()
    {
        var broker = Read(Shown(("builtin_enabled", "true"), ("builtin_bind", "\"0.0.0.0\""), ("builtin_username", "\"me\""), ("builtin_password", "\" blanks \""))).Broker!;

        Assert.True(broker.Password!.Matches(" blanks "u8));
        Assert.Equal((IPAddress.Any, "me"), (broker.Bind, broker.UserName));
    }

    [Fact]
    public void Every_fault_of_broker_and_connection_has_its_field()
    {
        var faults = Faults(Shown(
            ("builtin_enabled", "\"x\""), ("builtin_port", "70000"), ("builtin_websocket_port", "\"-1\""), ("builtin_bind", "\"nowhere\""), ("builtin_username", "\"me\""), ("broker_port", "\"x\"")));

        Assert.Equal(["broker_port", "builtin_bind", "builtin_enabled", "builtin_port", "builtin_username", "builtin_websocket_port"], faults);
        Assert.Equal(["builtin_bind"], Faults(Shown(("builtin_bind", "\"0.0.0.0\""))));
        Assert.Equal(["builtin_websocket_port"], Faults(Shown(("builtin_websocket_port", "1883"))));
    }

    [Fact]
    public void A_connection_can_be_removed_while_the_broker_is_changed()
    {
        _connections["h:1"] = new BrokerConnectionConfig { Name = "h:1", Host = "h", Port = 1 };

        var submission = Read(Shown(("builtin_enabled", "true"), ("connection", "\"h:1\""), ("remove", "true")));

        Assert.Equal(new FormAction.Remove("h:1"), submission.Connection);
        Assert.True(submission.Broker!.Enabled);
    }

    private static BrokerConnectionConfig Saved(FormSubmission submission) => Assert.IsType<FormAction.Save>(submission.Connection).Config;

    /// <summary>The form as it was shown, as a browser sends it, but for some fields.</summary>
    private string Shown(params (string Key, string Json)[] changes)
    {
        var form = new JsonObject();
        foreach (var (key, field) in new FormBuilder(FormOffer.OfDefaults(Defaults), [.. _connections.Keys], _stored, "").Build().Fields)
        {
            if (field.Type != "button") form[key] = field.Default?.DeepClone();
        }

        foreach (var (key, json) in changes) form[key] = JsonNode.Parse(json);
        return form.ToJsonString();
    }

    private FormSubmission Read(string form)
    {
        var faults = new FaultList();
        var submission = Read(form, faults);
        Assert.Empty(faults);
        return submission!;
    }

    private IEnumerable<string> Faults(string form)
    {
        var faults = new FaultList();
        Assert.Null(Read(form, faults));
        return faults.Select(fault => fault.Field).Order(StringComparer.Ordinal);
    }

    private FormSubmission? Read(string form, FaultList faults)
    {
        using var document = JsonDocument.Parse(form);
        return new FormSubmissionReader(
            _connections.GetValueOrDefault,
            FormOffer.OfDefaults(Defaults),
            _stored,
            config => _runs && BrokerAddresses.LeadsTo(_stored.Bind, _stored.Port, null, config),
            DateTimeOffset.UnixEpoch).Read(document.RootElement, faults);
    }
}
