using System.Text;
using Microsoft.Extensions.Logging;
using Plotune.Mqtt.Agent.Supervision;
using Plotune.Mqtt.TestSupport;

namespace Plotune.Mqtt.Agent.Tests.Supervision;

public sealed class WorkerLogRelayTests
{
    private readonly CapturingLogger _logger = new();

    [Theory]
    [InlineData("INF Connected", LogLevel.Information, "Connected")]
    [InlineData("WRN hm", LogLevel.Warning, "hm")]
    [InlineData("ERR bad", LogLevel.Error, "bad")]
    [InlineData("DBG detail", LogLevel.Debug, "detail")]
    [InlineData("INFO is no mark", LogLevel.Warning, "INFO is no mark")]
    [InlineData("ERR", LogLevel.Warning, "ERR")]
    [InlineData("Unhandled exception. System.Exception: x", LogLevel.Warning, "Unhandled exception. System.Exception: x")]
    public void A_line_keeps_the_level_it_names(string line, LogLevel level, string message) => Assert.Equal((level, message), WorkerLogRelay.Parse(line));

    [Fact]
    public async Task Lines_are_relayed_and_the_last_ones_kept()
    {
        var relay = await RelayAsync(string.Join('\n', Enumerable.Range(0, 30).Select(i => $"line {i}")));

        Assert.Equal(30, _logger.Entries.Count);
        Assert.Equal(Enumerable.Range(10, 20).Select(i => $"line {i}"), relay.Last);
    }

    [Fact]
    public async Task A_line_without_end_is_cut_and_the_next_one_is_whole()
    {
        var relay = await RelayAsync(new string('x', 1_000_000) + "\nnext\n");

        Assert.Equal([2049, 4], relay.Last.Select(line => line.Length));
        Assert.EndsWith("…", relay.Last[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_flood_is_bounded_and_counted()
    {
        var relay = await RelayAsync(string.Concat(Enumerable.Repeat("again\n", 10_000)));

        Assert.Equal(100, _logger.Entries.Count(entry => entry.EventId.Id == 3100));
        Assert.Contains("9900", _logger.Entries.Single(entry => entry.EventId.Id == 3101).Message, StringComparison.Ordinal);
        Assert.Equal(9900, relay.LeftOut);
    }

    [Fact]
    public async Task Control_characters_cannot_forge_lines()
    {
        var relay = await RelayAsync("a\r\u001b[31mb\u0000c\r\n");

        Assert.Equal("a  [31mb c", relay.Last.Single());
    }

    private async Task<WorkerLogRelay> RelayAsync(string text)
    {
        var relay = new WorkerLogRelay("plant", _logger, TimeProvider.System);
        await relay.RunAsync(new MemoryStream(Encoding.UTF8.GetBytes(text)));
        return relay;
    }
}
