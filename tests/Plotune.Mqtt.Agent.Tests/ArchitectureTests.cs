using ArchUnitNET.Domain;
using ArchUnitNET.Fluent;
using ArchUnitNET.Loader;
using ArchUnitNET.xUnitV3;
using static ArchUnitNET.Fluent.ArchRuleDefinition;

namespace Plotune.Mqtt.Agent.Tests;

/// <summary>Who may know whom; what a project references keeps most of it, these rules keep the rest.</summary>
public sealed class ArchitectureTests
{
    private static readonly Architecture Loaded = new ArchLoader()
        .LoadAssemblies(
            typeof(Client.BrokerConnection).Assembly,
            typeof(Payloads.PayloadDecoders).Assembly,
            typeof(Worker.WorkerHost).Assembly,
            typeof(Agent.Signals.SignalStore).Assembly)
        .Build();

    [Fact]
    public void Only_the_client_and_the_built_in_broker_know_MQTTnet() =>
        Check(Types().That().ResideInNamespaceMatching(@"^Plotune\.Mqtt\.(Payloads|Worker|Agent)(\.|$)")
            .And().DoNotResideInNamespaceMatching(@"^Plotune\.Mqtt\.Agent\.BuiltInBroker(\.|$)")
            .Should().NotDependOnAny(Types(true).That().ResideInNamespaceMatching(@"^MQTTnet(\.|$)")));

    [Fact]
    public void The_built_in_broker_is_no_client() =>
        Check(Types().That().ResideInNamespaceMatching(@"^Plotune\.Mqtt\.Agent\.BuiltInBroker(\.|$)")
            .Should().NotDependOnAny(Types(true).That().HaveFullNameMatching(@"^(MQTTnet\.MqttClient|Plotune\.Mqtt\.Client\.BrokerConnection$)")));

    [Fact]
    public void The_client_and_the_payloads_do_not_know_each_other()
    {
        Check(Types().That().ResideInNamespaceMatching(@"^Plotune\.Mqtt\.Client(\.|$)")
            .Should().NotDependOnAny(Types().That().ResideInNamespaceMatching(@"^Plotune\.Mqtt\.(Payloads|Worker|Agent)(\.|$)")));
        Check(Types().That().ResideInNamespaceMatching(@"^Plotune\.Mqtt\.Payloads(\.|$)")
            .Should().NotDependOnAny(Types().That().ResideInNamespaceMatching(@"^Plotune\.Mqtt\.(Client|Worker|Agent)(\.|$)")));
    }

    [Fact]
    public void A_worker_knows_neither_HTTP_nor_the_agent() =>
        Check(Types().That().ResideInNamespaceMatching(@"^Plotune\.Mqtt\.Worker(\.|$)")
            .Should().NotDependOnAny(Types(true).That().ResideInNamespaceMatching(@"^(Plotune\.Mqtt\.Agent|Microsoft\.AspNetCore|Serilog|System\.Net\.Http)(\.|$)")));

    [Fact]
    public void Signals_are_the_centre_and_know_nobody_around_them() =>
        Check(Types().That().ResideInNamespaceMatching(@"^Plotune\.Mqtt\.Agent\.Signals(\.|$)")
            .Should().NotDependOnAny(
                Types().That().ResideInNamespaceMatching(@"^Plotune\.Mqtt\.Agent\.(Supervision|Api|Monitor|PlotuneCore|Hosting|Metrics|Bridge|Outbound)(\.|$)")));

    [Fact]
    public void Nothing_but_the_composition_depends_on_the_api_and_the_monitor() =>
        Check(Types().That().ResideInNamespaceMatching(@"^Plotune\.Mqtt\.Agent\.(Signals|Supervision|Storage|PlotuneCore|Configuration|Metrics|Bridge|Outbound)(\.|$)")
            .Should().NotDependOnAny(Types().That().ResideInNamespaceMatching(@"^Plotune\.Mqtt\.Agent\.(Api|Monitor)(\.|$)")));

    [Fact]
    public void The_agent_does_not_parse_MQTT() =>
        Check(Types().That().ResideInNamespaceMatching(@"^Plotune\.Mqtt\.Agent(\.|$)")
            .Should().NotDependOnAny(Types().That().ResideInNamespaceMatching(@"^Plotune\.Mqtt\.Client\.(Receive|Session|Publishing)(\.|$)")));

    private static void Check(IArchRule rule) => rule.Check(Loaded);
}
