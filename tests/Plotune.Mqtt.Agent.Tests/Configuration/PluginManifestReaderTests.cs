using System.Text.Json;
using System.Text.Json.Nodes;
using Plotune.Mqtt.Agent.Configuration;
using Plotune.Mqtt.Agent.Tests.Hosting;

namespace Plotune.Mqtt.Agent.Tests.Configuration;

public sealed class PluginManifestReaderTests
{
    [Fact]
    public void The_shipped_manifest_is_valid_and_names_this_program()
    {
        var faults = new FaultList();

        var manifest = PluginManifestReader.ReadFile(Path.Combine(AppContext.BaseDirectory, "plugin.json"), faults);

        Assert.Empty(faults);
        Assert.Equal("plotune_mqtt_extension", manifest?.Id);
        using var document = JsonDocument.Parse(manifest!.ForRegistration(1));
        Assert.Equal($"./{typeof(AgentLimits).Assembly.GetName().Name}", document.RootElement.GetProperty("cmd")[0].GetString());
    }

    [Fact]
    public void Registration_has_the_whole_document_with_the_real_port()
    {
        using var document = JsonDocument.Parse(TestAgent.Manifest(configuration: """{"own":{"x":[1]}}""").ForRegistration(4711));

        Assert.Equal(4711, document.RootElement.GetProperty("connection").GetProperty("port").GetInt32());
        Assert.Equal("[1]", document.RootElement.GetProperty("configuration").GetProperty("own").GetProperty("x").GetRawText());
    }

    [Fact]
    public void Registration_tells_no_secret()
    {
        var manifest = TestAgent.Manifest(configuration: """
            {"builtInBroker":{"username":"me","password":"sesame"},"event_sources":[{"name":"nemo","enabled":false,"connection":"plant","password":"sesame","tlsSettings":{"keyPassword":"sesame"}}]}
            """);

        Assert.Equal("sesame", manifest.EventSources[0].Password.Reveal());
        Assert.DoesNotContain("sesame", manifest.ForRegistration(1), StringComparison.Ordinal);
        Assert.Contains("\"connection\":\"plant\"", manifest.ForRegistration(1), StringComparison.Ordinal);
    }

    [Fact]
    public void Faults_of_event_sources_name_the_entry()
    {
        var document = JsonNode.Parse(TestAgent.Manifest().ForRegistration(1))!.AsObject();
        document["configuration"] = JsonNode.Parse("""{"event_sources":[{"name":"nemo","connection":"plant"},{"name":"nemo","connection":"plant","port":0},{"connection":[]},7]}""");
        var faults = new FaultList();

        Assert.Null(PluginManifestReader.Read(document.ToJsonString(), faults));

        Assert.Equal(
            [
                "configuration.event_sources[1].port",
                "configuration.event_sources[1].name",
                "configuration.event_sources[2].name",
                "configuration.event_sources[2].connection",
                "configuration.event_sources[3].name",
                "configuration.event_sources[3].connection",
            ],
            faults.Select(fault => fault.Field).Distinct());
    }

    [Theory]
    [InlineData("name")]
    [InlineData("id")]
    [InlineData("mode")]
    [InlineData("cmd")]
    [InlineData("enabled")]
    [InlineData("ask_form")]
    [InlineData("last_updated")]
    [InlineData("git_path")]
    [InlineData("file_formats")]
    [InlineData("connection")]
    [InlineData("configuration")]
    [InlineData("webpage")]
    public void Missing_key_is_a_fault(string key)
    {
        var document = JsonNode.Parse(TestAgent.Manifest().ForRegistration(1))!.AsObject();
        document.Remove(key);
        var faults = new FaultList();

        Assert.Null(PluginManifestReader.Read(document.ToJsonString(), faults));

        Assert.Contains(faults, fault => fault.Field == key);
    }

    [Fact]
    public void All_faults_come_at_once()
    {
        var document = JsonNode.Parse(TestAgent.Manifest().ForRegistration(1))!.AsObject();
        document["mode"] = "sometimes";
        document["enabled"] = "yes";
        document["connection"]!["target_port"] = 0;
        document["configuration"] = JsonNode.Parse("""{"mqtt_settings":{"qos":3,"default_topic":"a/#/b"},"log_level":"loud","allowed_origins":["x"]}""");
        var faults = new FaultList();

        Assert.Null(PluginManifestReader.Read(document.ToJsonString(), faults));

        Assert.Equal(
            ["configuration.allowed_origins", "configuration.log_level", "configuration.mqtt_settings.default_topic", "configuration.mqtt_settings.qos", "connection.target_port", "enabled", "mode"],
            faults.Select(fault => fault.Field).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("")]
    public void What_is_no_object_is_a_fault(string json)
    {
        var faults = new FaultList();

        Assert.Null(PluginManifestReader.Read(json, faults));

        Assert.Single(faults);
    }

    [Fact]
    public void Defaults_come_from_mqtt_settings()
    {
        var manifest = TestAgent.Manifest(configuration: """{"mqtt_settings":{"default_topic":"plant/#","keepalive":30,"qos":2,"clean_session":false}}""");

        Assert.Equal(("plant/#", 30, 2, false), (manifest.Mqtt.Topic, (int)manifest.Mqtt.KeepAlive.TotalSeconds, (int)manifest.Mqtt.QualityOfService, manifest.Mqtt.CleanSession));
    }
}
