using Plotune.Mqtt.Agent.BuiltInBroker;
using Plotune.Mqtt.Agent.Configuration;
using Plotune.Mqtt.Agent.Monitor.Diagnosis;
using Plotune.Mqtt.Agent.Supervision;
using Plotune.Mqtt.Client;
using Plotune.Mqtt.Worker.Ipc;

namespace Plotune.Mqtt.Agent.Tests.Monitor.Diagnosis;

public sealed class ConnectionDiagnosisTests
{
    private static readonly DateTimeOffset Now = DateTimeOffset.UnixEpoch.AddYears(60);
    private static readonly string[] Order = ["name", "tcp", "tls", "connack", "suback", "message", "decoded", "signals", "viewers"];

    private static readonly BrokerConnectionConfig Plain = new()
    {
        Name = "plant",
        Host = "plant.local",
        ClientId = "plotune-1",
        Topics = [new TopicFilterConfig("plant/#", QualityOfService.AtLeastOnce)],
    };

    private static readonly ConnectionStateView Connected = new()
    {
        Activity = ConnectionActivity.Connected,
        Since = Now.AddMinutes(-5),
        Protocol = "5.0",
        ClientId = "plotune-1",
        Reached = "192.168.1.20:1883",
        Subscriptions = [new WorkerSubscription("plant/#", WorkerSubscriptionState.Granted, 1)],
    };

    private static readonly ConnectionStateView Busy = Connected with { Received = 1234, Samples = 5000, LastMessage = Now.AddSeconds(-2), Signals = 17 };
    private static readonly SignalFindings Seen = new() { WithValues = 17, Live = 17, Viewers = 2 };

    public static TheoryData<string> ReasonNames => [.. ConnectionStatus.ReasonNames, WorkerTracker.LostReasonName, LostSecrets.ReasonName];

    [Theory]
    [MemberData(nameof(ReasonNames))]
    public void Every_reason_a_connection_can_have_has_a_step_and_advice_of_its_own(string name)
    {
        Assert.True(ReasonStep.Knows(name), $"{name} has no step: add it to the table in ReasonStep.");
        var (kind, advice) = ReasonStep.Of(name);
        Assert.InRange(kind, StepKind.Name, StepKind.Message);
        Assert.EndsWith(".", advice, StringComparison.Ordinal);

        var steps = Diagnose(Plain, Down(name, "It is so."));

        var failed = Assert.Single(steps, step => step.State == StepState.Failed);
        Assert.Equal((kind, "It is so.", advice), (failed.Kind, failed.Text, failed.Advice));
        Assert.All(steps.Where(step => step.Kind > kind), step => Assert.Equal((StepState.Skipped, "Not reached.", ""), (step.State, step.Text, step.Advice)));
        Assert.All(steps.Where(step => step.Kind < kind), step => Assert.Contains(step.State, (StepState[])[StepState.Ok, StepState.Skipped]));
        Assert.Equal(Order, steps.Select(step => step.Name));
    }

    [Fact]
    public void A_code_without_a_name_is_the_brokers() =>
        Assert.Equal("connack", Failed(Diagnose(Plain, Down("ReasonCode0xAB", "The broker answered with the reason code 0xAB."))).Name);

    [Theory]
    [InlineData("HostNotFound", "The host name h is not known. Check its spelling, or write the IP address.", "name", "The host name h is not known.", "Check its spelling, or write the IP address.")]
    [InlineData("ConnectionRefused", "Nothing accepts connections at 10.0.0.1:1883. Is the broker running, and is the port right?", "tcp", "Nothing accepts connections at 10.0.0.1:1883.", "Is the broker running, and is the port right?")]
    [InlineData("ClosedBeforeConnAck", "h closed the connection without an answer. Is it an MQTT broker?", "connack", "h closed the connection without an answer.", "Is it an MQTT broker?")]
    [InlineData("BadUserNameOrPassword", "The broker does not accept the user name or the password. Check both. The broker says: Not you. Go.", "connack", "The broker does not accept the user name or the password. The broker says: Not you. Go.", "Check both.")]
    [InlineData("ServerBusy", "The broker is busy and asks to come back later.", "connack", "The broker is busy and asks to come back later.", "Wait: it is tried again by itself.")]
    [InlineData("UnsupportedProtocolVersion", "The broker does not speak MQTT 5.0. Choose 3.1.1 or the automatic choice.", "connack", "The broker does not speak MQTT 5.0.", "Choose 3.1.1 or the automatic choice.")]
    public void A_reason_is_split_into_what_is_so_and_what_to_do(string name, string reason, string step, string text, string advice)
    {
        var failed = Failed(Diagnose(Plain, Down(name, reason)));

        Assert.Equal((step, text, advice), (failed.Name, failed.Text, failed.Advice));
    }

    [Fact]
    public void While_it_is_tried_again_the_reason_of_the_last_attempt_stands() =>
        Assert.Equal("tcp", Failed(Diagnose(Plain, Down("ConnectionRefused", "Nobody is there.") with { Activity = ConnectionActivity.Connecting })).Name);

    [Fact]
    public void A_connection_that_is_well_has_a_sentence_for_every_step()
    {
        var steps = Diagnose(Plain, Busy, Seen);

        Assert.Equal(
            [
                "name ok plant.local is 192.168.1.20.",
                "tcp ok 192.168.1.20:1883 accepts connections.",
                "tls skipped There is no TLS on the transport tcp.",
                "connack ok The broker accepted us as 'plotune-1' with MQTT 5.0.",
                "suback ok Granted with QoS 1.",
                "message ok 1,234 messages have come, the newest 2 seconds ago.",
                "decoded ok 5,000 values decoded.",
                "signals ok 17 signals, 17 with values since the agent was started.",
                "viewers ok 2 viewers show these signals.",
            ],
            steps.Select(step => $"{step.Name} {step.StateName} {step.Text}"));
        Assert.All(steps, step => Assert.Equal("", step.Advice));
        Assert.Null(ConnectionDiagnosis.FirstFailed(steps));
    }

    [Fact]
    public void Before_the_first_attempt_has_ended_everything_is_waited_for()
    {
        var steps = Diagnose(Plain, new ConnectionStateView { Activity = ConnectionActivity.Connecting, Since = Now });

        Assert.Equal(["waiting", "waiting", "skipped", "waiting", "waiting", "waiting", "waiting", "waiting", "waiting"], steps.Select(step => step.StateName));
        Assert.Null(ConnectionDiagnosis.FirstFailed(steps));
    }

    [Fact]
    public void A_filter_is_not_granted_while_the_login_is_waited_for()
    {
        var steps = Diagnose(Plain, Connected with { Activity = ConnectionActivity.Connecting });

        Assert.Equal(("waiting", "waiting"), (steps.Single(step => step.Kind == StepKind.ConnAck).StateName, steps.Single(step => step.Kind == StepKind.SubAck).StateName));
    }

    [Fact]
    public void A_connection_that_is_switched_off_says_so()
    {
        var steps = Diagnose(Plain with { Enabled = false }, Busy with { Activity = ConnectionActivity.Disabled }, Seen);

        Assert.Equal(("name", "This connection is switched off.", "Switch it on."), (steps[0].Name, steps[0].Text, steps[0].Advice));
        Assert.Equal(0, ConnectionDiagnosis.FirstFailed(steps));
        Assert.All(steps.Skip(1), step => Assert.Equal(StepState.Skipped, step.State));
    }

    [Fact]
    public void The_agents_own_connection_says_why_its_broker_does_not_run()
    {
        var facts = Facts(Plain with { Name = BuiltInBrokerService.ConnectionName }, Busy with { Activity = ConnectionActivity.Disabled }) with { BuiltInBrokerDown = "Port 1883 is taken." };

        var failed = Failed(ConnectionDiagnosis.Of(facts));

        Assert.Equal(("name", "Port 1883 is taken."), (failed.Name, failed.Text));
        Assert.Contains("built-in broker", failed.Advice, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("192.168.1.20", BrokerTransport.Tcp, "192.168.1.20 is an address: there is no name to look up.", "192.168.1.20:1883 accepts connections.")]
    [InlineData("::1", BrokerTransport.Tcp, "::1 is an address: there is no name to look up.", "192.168.1.20:1883 accepts connections.")]
    [InlineData("/run/m.sock", BrokerTransport.Unix, "It is a socket on this computer: there is no name to look up.", "/run/m.sock accepts connections.")]
    public void What_has_no_name_needs_no_looking_up(string host, BrokerTransport transport, string name, string tcp)
    {
        var steps = Diagnose(Plain with { Host = host, Transport = transport }, Busy);

        Assert.Equal((name, tcp), (steps[0].Text, steps[1].Text));
    }

    [Fact]
    public void With_a_proxy_it_is_the_proxy_that_is_looked_up_and_reached()
    {
        var steps = Diagnose(Plain with { Proxy = new ProxyConfig("proxy.local", 8080) }, Busy with { Reached = "10.0.0.9:8080" });

        Assert.Equal(("The proxy proxy.local is 10.0.0.9.", "The proxy 10.0.0.9:8080 connects us to plant.local:1883."), (steps[0].Text, steps[1].Text));
    }

    [Theory]
    [InlineData(TlsVerification.Full, "", "The broker's certificate is good for plant.local.")]
    [InlineData(TlsVerification.Full, "broker", "The broker's certificate is good for broker.")]
    [InlineData(TlsVerification.None, "", "The connection is encrypted, but whether it is the right broker is not checked.")]
    public void TLS_tells_whether_the_broker_was_checked(TlsVerification verify, string serverName, string text)
    {
        var config = Plain with { Transport = BrokerTransport.Tls, Tls = TlsConfig.Default with { Verify = verify, ServerName = serverName } };

        Assert.Equal((StepState.Ok, text), Diagnose(config, Busy)[2] is var step ? (step.State, step.Text) : default);
    }

    [Fact]
    public void Each_filter_has_a_step_with_what_the_broker_said_to_it()
    {
        var config = Plain with
        {
            Topics = [new TopicFilterConfig("a", QualityOfService.ExactlyOnce), new TopicFilterConfig("b"), new TopicFilterConfig("c"), new TopicFilterConfig("d")],
        };
        var state = Busy with
        {
            Subscriptions =
            [
                new WorkerSubscription("a", WorkerSubscriptionState.Granted, 1),
                new WorkerSubscription("b", WorkerSubscriptionState.Refused, null, "The broker does not allow the user to subscribe to this filter. Check its access rules."),
                new WorkerSubscription("c", WorkerSubscriptionState.Held),
                new WorkerSubscription("d", WorkerSubscriptionState.Asked),
            ],
        };

        var steps = Diagnose(config, state, Seen);

        Assert.Equal(
            [
                ("a", StepState.Ok, "Granted with QoS 1 instead of 2.", ""),
                ("b", StepState.Failed, "The broker does not allow the user to subscribe to this filter.", "Check its access rules."),
                ("c", StepState.Ok, "The broker's session holds it from an earlier connection.", ""),
                ("d", StepState.Waiting, "The broker has not answered yet.", ""),
            ],
            steps.Where(step => step.Name == "suback").Select(step => (step.Subject, step.State, step.Text, step.Advice)));
        Assert.Equal(5, ConnectionDiagnosis.FirstFailed(steps));
        Assert.Equal(StepState.Ok, steps.Single(step => step.Name == "message").State);
    }

    [Fact]
    public void Of_several_workers_the_worst_answer_counts_and_a_share_group_is_a_part_of_the_filter()
    {
        var config = Plain with { ShareGroup = "g", Workers = 2 };
        var state = Busy with { Subscriptions = [new WorkerSubscription("$share/g/plant/#", WorkerSubscriptionState.Granted, 1), new WorkerSubscription("$share/g/plant/#", WorkerSubscriptionState.Refused, null, "No.")] };

        var step = Diagnose(config, state).Single(step => step.Name == "suback");

        Assert.Equal(("plant/#", StepState.Failed, "No."), (step.Subject, step.State, step.Text));
        Assert.NotEmpty(step.Advice);
    }

    [Fact]
    public void When_the_broker_grants_nothing_no_message_is_waited_for()
    {
        var steps = Diagnose(Plain, Connected with { Subscriptions = [new WorkerSubscription("plant/#", WorkerSubscriptionState.Refused, null, "No.")] });

        Assert.Equal((StepState.Skipped, "The broker has granted no topic filter."), steps.Single(step => step.Name == "message") is var step ? (step.State, step.Text) : default);
    }

    [Theory]
    [InlineData(WorkerSubscriptionState.Asked)]
    [InlineData(WorkerSubscriptionState.Granted)]
    public void An_answer_that_does_not_come_fails_at_the_filters_that_have_none_or_else_at_the_last(WorkerSubscriptionState last)
    {
        var config = Plain with { Topics = [new TopicFilterConfig("a"), new TopicFilterConfig("b")] };
        var state = Down("SubAckTimeout", "The broker did not answer in time.") with
        {
            Subscriptions = [new WorkerSubscription("a", WorkerSubscriptionState.Granted, 0), new WorkerSubscription("b", last, last == WorkerSubscriptionState.Granted ? 0 : null)],
        };

        var steps = Diagnose(config, state);

        Assert.Equal([("a", StepState.Ok), ("b", StepState.Failed)], steps.Where(step => step.Name == "suback").Select(step => (step.Subject, step.State)));
    }

    [Fact]
    public void A_connection_without_filters_fails_unless_it_only_publishes()
    {
        var failed = Failed(Diagnose(Plain with { Topics = [] }, Connected));
        var producer = Diagnose(Plain with { Topics = [], Producer = true }, Connected);

        Assert.Equal("suback", failed.Name);
        Assert.Contains("#", failed.Advice, StringComparison.Ordinal);
        Assert.Null(ConnectionDiagnosis.FirstFailed(producer));
        Assert.Equal(["skipped", "skipped", "skipped", "skipped", "skipped"], producer.Skip(4).Select(step => step.StateName));
    }

    [Theory]
    [InlineData("plant/#", "No message has come yet on plant/#.", "# would take everything")]
    [InlineData("#", "No message has come yet on #.", "access rules")]
    [InlineData("$SYS/#", "No message has come yet on $SYS/#.", "$SYS")]
    [InlineData("/plant/#", "No message has come yet on /plant/#.", "slash")]
    [InlineData("plant/line", "No message has come yet on plant/line.", "plant/line/#")]
    [InlineData("a b c d e", "No message has come yet on a, b, c and 2 more.", "exactly these topics")]
    public void A_filter_on_which_nothing_comes_has_advice_that_fits_it(string filters, string text, string advice)
    {
        string[] all = filters.Split(' ');
        var config = Plain with { Topics = [.. all.Select(filter => new TopicFilterConfig(filter))] };

        var steps = Diagnose(config, Connected with { Subscriptions = [.. all.Select(filter => new WorkerSubscription(filter, WorkerSubscriptionState.Granted, 0))] });

        var message = steps.Single(step => step.Name == "message");
        Assert.Equal((StepState.Waiting, text), (message.State, message.Text));
        Assert.Contains(advice, message.Advice, StringComparison.Ordinal);
        Assert.All(steps.Where(step => step.Kind > StepKind.Message), step => Assert.Equal(StepState.Waiting, step.State));
    }

    [Fact]
    public void Retained_messages_that_are_not_asked_for_and_a_built_in_broker_without_devices_are_named()
    {
        var silent = Connected;
        var unasked = Plain with { Topics = [new TopicFilterConfig("plant/#") { RetainHandling = RetainHandling.DoNotSend }] };

        Assert.Contains("retainHandling", Message(unasked, silent).Advice, StringComparison.Ordinal);
        Assert.Contains("built-in broker", Message(Plain with { Name = BuiltInBrokerService.ConnectionName }, silent).Advice, StringComparison.Ordinal);
    }

    [Fact]
    public void Silence_since_the_last_connect_is_told_from_silence_for_ever()
    {
        var message = Message(Plain, Busy with { LastMessage = Now.AddHours(-2) });

        Assert.Equal((StepState.Waiting, "No message has come since it was connected 5 minutes ago; the newest came 2 hours ago."), (message.State, message.Text));
        Assert.NotEmpty(message.Advice);
    }

    [Fact]
    public void Payloads_that_cannot_be_decoded_are_counted_by_reason_with_advice_for_the_most_frequent()
    {
        var state = Busy with { Received = 12, Samples = 0, Signals = 0, DecodeFailures = 12, DecodeFailuresByReason = new Dictionary<string, long> { ["too_deep"] = 2, ["not_text"] = 10, ["not_signed"] = 0 } };

        var steps = Diagnose(Plain, state);
        var partly = Diagnose(Plain, state with { Samples = 1 }).Single(step => step.Name == "decoded");

        var failed = Failed(steps);
        Assert.Equal(("decoded", "No message made a value, and 12 messages could not be decoded: 10 neither JSON nor UTF-8 text, 2 nested too deeply."), (failed.Name, failed.Text));
        Assert.Contains("binary", failed.Advice, StringComparison.Ordinal);
        Assert.Equal((StepState.Ok, "1 value decoded, but 12 messages could not be decoded: 10 neither JSON nor UTF-8 text, 2 nested too deeply."), (partly.State, partly.Text));
    }

    [Fact]
    public void Every_reason_for_which_a_payload_is_not_decoded_has_words() =>
        Assert.All(WorkerDecodeFailures.All, reason => Assert.True(DiagnosisText.KnowsDecodeFailure(reason), $"{reason} has no words in DiagnosisText."));

    [Fact]
    public void What_the_agent_has_published_itself_is_named_where_nothing_else_comes()
    {
        var failed = Failed(Diagnose(Plain, Busy with { Received = 3, OwnMessages = 3, Samples = 0, LastMessage = null }));

        Assert.Equal("decoded", failed.Name);
        Assert.Contains("takeOwnMessages", failed.Advice, StringComparison.Ordinal);
    }

    [Fact]
    public void Messages_without_values_are_no_failure()
    {
        var steps = Diagnose(Plain, Busy with { Received = 3, Samples = 0, Signals = 0 });

        Assert.Equal((StepState.Waiting, "The messages hold no value: they are empty, or null."), steps.Single(step => step.Name == "decoded") is var step ? (step.State, step.Text) : default);
    }

    [Fact]
    public void A_limit_of_signals_that_is_reached_fails()
    {
        var failed = Failed(Diagnose(Plain, Busy with { Signals = 100_000, SignalsRefused = 7 }, Seen));

        Assert.Equal(("signals", "There are 100,000 signals, as many as allowed, and 7 values found no room."), (failed.Name, failed.Text));
        Assert.Contains("signals_per_connection", failed.Advice, StringComparison.Ordinal);
    }

    [Fact]
    public void Signals_tell_what_is_old_and_which_filters_are_silent()
    {
        var retained = Signals(Seen with { Live = 0, SilentFilters = ["b/#"] });
        var known = Signals(new SignalFindings());

        Assert.Equal((StepState.Ok, "17 signals, 17 with values since the agent was started, all from retained messages, which may be old; none on b/#."), (retained.State, retained.Text));
        Assert.Equal((StepState.Waiting, "17 signals of earlier days are known, but nothing has come since the agent was started."), (known.State, known.Text));

        static DiagnosisStep Signals(SignalFindings findings) => Diagnose(Plain, Busy, findings).Single(step => step.Name == "signals");
    }

    [Theory]
    [InlineData(0, 0, "waiting", "Nobody watches these signals.")]
    [InlineData(1, 0, "ok", "1 viewer shows these signals.")]
    [InlineData(0, 3, "ok", "3 curves of the monitor show these signals.")]
    [InlineData(2, 1, "ok", "2 viewers and 1 curve of the monitor show these signals.")]
    public void Viewers_are_counted(int viewers, int curves, string state, string text)
    {
        var step = Diagnose(Plain, Busy, Seen with { Viewers = viewers, Curves = curves }).Single(step => step.Name == "viewers");

        Assert.Equal((state, text), (step.StateName, step.Text));
        Assert.Equal(state == "ok", step.Advice.Length == 0);
    }

    [Fact]
    public void When_no_further_viewer_is_let_in_that_fails() =>
        Assert.Equal("viewers", Failed(ConnectionDiagnosis.Of(Facts(Plain, Busy, Seen) with { ViewersAreFull = true })).Name);

    private static ConnectionStateView Down(string name, string reason) => Busy with { Activity = ConnectionActivity.Waiting, ReasonName = name, Reason = reason };

    private static DiagnosisFacts Facts(BrokerConnectionConfig config, ConnectionStateView state, SignalFindings? signals = null) =>
        new(new ConnectionSnapshot(config, state), signals ?? new SignalFindings(), Now);

    private static IReadOnlyList<DiagnosisStep> Diagnose(BrokerConnectionConfig config, ConnectionStateView state, SignalFindings? signals = null) =>
        ConnectionDiagnosis.Of(Facts(config, state, signals));

    private static DiagnosisStep Message(BrokerConnectionConfig config, ConnectionStateView state) => Diagnose(config, state).Single(step => step.Name == "message");

    private static DiagnosisStep Failed(IReadOnlyList<DiagnosisStep> steps) => steps[ConnectionDiagnosis.FirstFailed(steps) ?? throw new InvalidOperationException("No step failed.")];
}
