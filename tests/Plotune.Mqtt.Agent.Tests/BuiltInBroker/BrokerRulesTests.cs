using System.Buffers;
using System.CommandLine;
using System.Net;
using Microsoft.Extensions.Time.Testing;
using Plotune.Mqtt.Agent.BuiltInBroker;
using Plotune.Mqtt.Agent.Configuration;
using Plotune.Mqtt.TestSupport;

namespace Plotune.Mqtt.Agent.Tests.BuiltInBroker;

public sealed class BrokerRulesTests
{
    [Fact]
    public void Every_fault_of_the_command_line_is_found_at_once()
    {
        var faults = Faults("--port 70000 --websocket-port -1 --bind nowhere --username me --max-clients 0");

        Assert.Equal(["--bind", "--max-clients", "--port", "--username", "--websocket-port"], faults.Select(fault => fault.Field).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("0.0.0.0")]
    [InlineData("*")]
    [InlineData("192.168.1.7")]
    public void Elsewhere_than_on_loopback_a_password_is_needed(string bind)
    {
        Assert.Contains("only with a password", Assert.Single(Faults($"--bind {bind}")).Message, StringComparison.Ordinal);
        Assert.Empty(Faults($"--bind {bind}", password: "sesame"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("--bind localhost")]
    [InlineData("--bind ::1")]
    public void On_loopback_no_password_is_needed(string line) => Assert.Empty(Faults(line));

    [Theory]
    [InlineData("*", "::")]
    [InlineData("0.0.0.0", "0.0.0.0")]
    [InlineData("[::1]", "::1")]
    [InlineData("::ffff:127.0.0.1", "127.0.0.1")]
    [InlineData("::ffff:0.0.0.0", "0.0.0.0")]
    [InlineData("LocalHost", "127.0.0.1")]
    [InlineData("", "127.0.0.1")]
    [InlineData("224.0.0.1", null)]
    [InlineData("255.255.255.255", null)]
    [InlineData("ff02::1", null)]
    [InlineData("example.org", null)]
    public void An_address_to_listen_at_is_one_of_this_computer_or_all(string text, string? address)
    {
        var faults = new FaultList();

        var read = BrokerOptionsRules.ReadBind(text, "bind", faults);

        Assert.Equal(address is null, faults.Has("bind"));
        Assert.Equal(address ?? "127.0.0.1", read.ToString());
    }

    [Theory]
    [InlineData("192.168.1.7", "192.168.1.7", 1883, true)]
    [InlineData("192.168.1.7", "127.0.0.1", 1883, false)]
    [InlineData("127.0.0.1", "localhost", 1883, true)]
    [InlineData("127.0.0.1", "127.0.0.1", 1884, false)]
    [InlineData("127.0.0.1", "plant", 1883, false)]
    [InlineData("0.0.0.0", "127.0.0.1", 1883, true)]
    [InlineData("::", "::1", 1883, true)]
    [InlineData("::1", "[::1]", 1883, true)]
    public void It_is_known_which_addresses_lead_to_the_broker(string bind, string host, int port, bool leads) =>
        Assert.Equal(leads, BrokerAddresses.LeadsTo(IPAddress.Parse(bind), 1883, null, new BrokerConnectionConfig { Name = "c", Host = host, Port = port }));

    [Fact]
    public void What_a_client_says_makes_no_log_line_of_its_own()
    {
        var logger = new CapturingLogger();

        new BrokerCounters(new FakeTimeProvider(), logger).Refuse(BrokerReason.Topic, $"me\n12:00:00 INF all is well{new string('x', 60_000)}", "a\r\nb");

        var line = Assert.Single(logger.Entries).Message;
        Assert.DoesNotContain(line, char.IsControl);
        Assert.InRange(line.Length, 1, 2000);
    }

    [Fact]
    public void Tcp_and_WebSocket_need_a_port_each() => Assert.Equal("--websocket-port", Assert.Single(Faults("--port 1883 --websocket-port 1883")).Field);

    [Theory]
    [InlineData(new byte[] { }, 0)]
    [InlineData(new byte[] { 0x10 }, 0)]
    [InlineData(new byte[] { 0xC0, 0x00 }, 2)]
    [InlineData(new byte[] { 0x30, 0x80 }, 0)]
    [InlineData(new byte[] { 0x30, 0x80, 0x01 }, 131)]
    [InlineData(new byte[] { 0x30, 0xFF, 0xFF, 0xFF, 0x7F, 1, 2, 3 }, 268_435_460)]
    [InlineData(new byte[] { 0x30, 0xFF, 0xFF, 0xFF, 0xFF }, long.MaxValue)]
    public void The_size_of_a_packet_is_known_from_its_first_bytes(byte[] bytes, long size) =>
        Assert.Equal(size, PacketSizeLimiter.AnnouncedSize(new ReadOnlySequence<byte>(bytes)));

    [Fact]
    public void Retained_messages_are_limited_in_number_and_bytes()
    {
        var ledger = new RetainedLedger(maximumMessages: 2, maximumBytes: 100);

        Assert.True(ledger.TryKeep("a", 60));
        Assert.True(ledger.TryKeep("b", 40));
        Assert.False(ledger.TryKeep("a", 61));
        Assert.True(ledger.TryKeep("a", 10));
        Assert.False(ledger.TryKeep("c", 1));
        Assert.True(ledger.Remove("b"));
        Assert.True(ledger.Remove("nobody knows it"));
        Assert.True(ledger.TryKeep("c", 90));
        Assert.Equal((2, 100L), (ledger.Count, ledger.Bytes));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(true, "http://localhost:3000")]
    [InlineData(true, "https://127.0.0.1")]
    [InlineData(true, "http://[::1]:80")]
    [InlineData(false, "http://evil.example")]
    [InlineData(false, "http://localhost.evil.example")]
    [InlineData(false, "http://192.168.1.7")]
    [InlineData(false, "null")]
    [InlineData(false, "http://localhost", "http://evil.example")]
    public void Only_pages_of_this_computer_and_programs_may_use_the_WebSocket(bool allowed, params string[] origins) =>
        Assert.Equal(allowed, WebSocketGuard.IsOurs(origins));

    [Fact]
    public void A_limit_is_counted_each_time_and_logged_once_per_episode()
    {
        var time = new FakeTimeProvider();
        var logger = new CapturingLogger();
        var counters = new BrokerCounters(time, logger);

        for (var i = 0; i < 5; i++) counters.Refuse(BrokerReason.Clients, "c", "Full.");
        counters.Drop(BrokerReason.Queue, "c", "Full.");
        time.Advance(TimeSpan.FromSeconds(61));
        counters.Refuse(BrokerReason.Clients, "c", "Full.");

        Assert.Equal(6, counters.RefusedByReason[BrokerReason.Clients]);
        Assert.Equal(1, counters.DroppedByReason[BrokerReason.Queue]);
        Assert.Equal(3, logger.Entries.Count);
    }

    private static FaultList Faults(string line, string? password = null)
    {
        var faults = new FaultList();
        BrokerCommand.Read(new RootCommand { BrokerCommand.Create() }.Parse("broker " + line), name => name == BrokerCommand.PasswordVariable ? password : null, faults);
        return faults;
    }
}
