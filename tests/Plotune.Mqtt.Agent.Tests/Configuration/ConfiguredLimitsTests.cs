using System.Text.Json;
using Plotune.Mqtt.Agent.Configuration;

namespace Plotune.Mqtt.Agent.Tests.Configuration;

public sealed class ConfiguredLimitsTests
{
    [Fact]
    public void Without_limits_the_defaults_stand() => Assert.Equal(new ConfiguredLimits(), ConfiguredLimits.Read(null));

    [Fact]
    public void What_is_named_replaces_its_default_and_nothing_else()
    {
        var limits = Read("""{"packet_bytes": 4096, "signals_per_connection": 7, "viewer_buffer": 100, "history": 10, "bridges": 3, "outbound_records": 500}""", out var faults);

        Assert.Empty(faults);
        Assert.Equal((4096, 7, 64), (limits.Worker.MaximumPacketBytes, limits.Worker.MaximumSignals, limits.Worker.MaximumDepth));
        Assert.Equal((7, 10, 64, 3), (limits.Agent.MaximumSignalsPerConnection, limits.Agent.HistoryLength, limits.Agent.MaximumConnections, limits.Agent.MaximumBridges));
        Assert.Equal((100, 1000), (limits.ViewerBuffer, limits.Viewers));
        Assert.Equal((500, 1L << 30), (limits.Outbound.MaximumRecords, limits.Outbound.MaximumBytes));
    }

    [Fact]
    public void A_small_queue_leaves_most_of_it_where_the_oldest_can_make_room()
    {
        var limits = Read("""{"outbound_records": 100, "outbound_bytes": 1048576}""", out _).Outbound;

        Assert.Equal((25, 256 << 10), (limits.WindowRecords, limits.WindowBytes));
    }

    [Theory]
    [InlineData("""{"packet_bytes": 0}""", "limits.packet_bytes")]
    [InlineData("""{"history": "many"}""", "limits.history")]
    [InlineData("""{"viewers": 1.5}""", "limits.viewers")]
    [InlineData("""{"outbound_bytes": 1000}""", "limits.outbound_bytes")]
    public void A_limit_out_of_its_range_is_a_fault(string json, string field)
    {
        Read(json, out var faults);

        Assert.Equal(field, Assert.Single(faults).Field);
    }

    private static ConfiguredLimits Read(string json, out FaultList faults)
    {
        using var document = JsonDocument.Parse(json);
        faults = new FaultList();
        return ConfiguredLimits.Read(new JsonFields(document.RootElement, "limits.", faults));
    }
}
