using System.Net;
using Plotune.Mqtt.Agent.Configuration;
using Plotune.Mqtt.Agent.Hosting;
using Serilog.Events;

namespace Plotune.Mqtt.Agent.Tests.Hosting;

public sealed class AgentSettingsReaderTests
{
    private static readonly string ManifestPath = Path.Combine(AppContext.BaseDirectory, "plugin.json");

    [Fact]
    public void Defaults_are_a_free_port_on_the_loopback_interface()
    {
        var settings = Read(new CommandLineOptions(), []);

        Assert.Equal((0, IPAddress.Loopback, null, LogEventLevel.Information), (settings.Port, settings.Bind, settings.Token, settings.LogLevel));
    }

    [Theory]
    [InlineData("false", null, 9000)]
    [InlineData("False", "9123", 9123)]
    [InlineData("true", "9123", 0)]
    [InlineData("", "9123", 0)]
    public void Port_comes_from_the_environment(string available, string? server, int expected) =>
        Assert.Equal(expected, Read(new CommandLineOptions(), new() { ["USE_AVAILABLE_PORT"] = available, ["SERVER_PORT"] = server }).Port);

    [Fact]
    public void Command_line_takes_precedence()
    {
        var settings = Read(new CommandLineOptions { Port = 9200, Token = "a", Bind = "0.0.0.0" }, new() { ["USE_AVAILABLE_PORT"] = "false", ["PLOTUNE_MQTT_TOKEN"] = "b" });

        Assert.Equal((9200, "a", IPAddress.Any), (settings.Port, settings.Token, settings.Bind));
    }

    [Fact]
    public void Other_computers_are_let_in_with_a_token_only()
    {
        var faults = new FaultList();

        new AgentSettingsReader(_ => null).Read(new CommandLineOptions { Bind = "192.168.0.10" }, ManifestPath, faults);

        Assert.Equal("--bind", Assert.Single(faults).Field);
    }

    [Fact]
    public void All_faults_come_at_once()
    {
        var environment = new Dictionary<string, string?> { ["USE_AVAILABLE_PORT"] = "no", ["SERVER_PORT"] = "http", ["PLOTUNE_MQTT_LOG"] = "loud", ["PLOTUNE_MQTT_TOKEN"] = "a b" };
        var faults = new FaultList();

        new AgentSettingsReader(environment.GetValueOrDefault).Read(new CommandLineOptions { Bind = "everywhere", Connect = ["quic://h"] }, "/nowhere/plugin.json", faults);

        Assert.Equal(["--bind", "--connect", "PLOTUNE_MQTT_LOG", "PLOTUNE_MQTT_TOKEN", "SERVER_PORT", "plugin.json"], faults.Select(fault => fault.Field).Order(StringComparer.Ordinal));
    }

    private static AgentSettings Read(CommandLineOptions options, Dictionary<string, string?> environment)
    {
        var faults = new FaultList();
        var settings = new AgentSettingsReader(environment.GetValueOrDefault).Read(options, ManifestPath, faults);
        Assert.Empty(faults);
        return Assert.IsType<AgentSettings>(settings);
    }
}
