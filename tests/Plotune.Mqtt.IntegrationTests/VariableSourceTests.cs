using System.Net;
using System.Net.WebSockets;
using Plotune.Mqtt.IntegrationTests.Support;

namespace Plotune.Mqtt.IntegrationTests;

/// <summary>The stand-in source itself, seen by a WebSocket client that is not ours.</summary>
public sealed class VariableSourceTests : IAsyncLifetime
{
    private VariableSource _source = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _source = await VariableSource.StartAsync();

    public ValueTask DisposeAsync() => _source.DisposeAsync();

    [Fact]
    public async Task Each_variable_has_numbers_of_its_own_in_order_with_their_time()
    {
        await using var speed = await OpenAsync("speed");
        await using var other = await OpenAsync("hall%201/temp");
        var before = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() / 1000.0;

        await Task.WhenAll(_source.SendAsync("speed", 1000), _source.SendAsync("hall 1/temp", 3));

        var first = await speed.NextAsync();
        Assert.Equal(0, (double)first["value"]!);
        Assert.InRange((double)first["timestamp"]!, before - 1, before + 60);
        Assert.Equal(Enumerable.Range(1, 999).Select(i => (double)i), await speed.NumbersUntilAsync(999));
        Assert.Equal([0, 1, 2], await other.NumbersUntilAsync(2));
        Assert.Equal((1000, 3), (_source.SentOf("speed"), _source.SentOf("hall 1/temp")));
    }

    [Fact]
    public async Task Samples_wait_for_a_viewer_and_go_to_all_there_are()
    {
        var sending = _source.SendAsync("a", 2);
        await using var first = await OpenAsync("a");
        await sending;
        await using var second = await OpenAsync("a");
        await Eventually.ThatAsync("there are two", () => _source.ViewersOf("a") == 2);
        await _source.SendAsync("a", 2);

        Assert.Equal([0, 1, 2, 3], await first.NumbersUntilAsync(3));
        Assert.Equal([2, 3], await second.NumbersUntilAsync(3));
    }

    [Fact]
    public async Task At_a_pace_it_sends_until_told_to_stop()
    {
        await using var viewer = await OpenAsync("a");
        using var stop = new CancellationTokenSource();
        var sending = _source.SendAtPaceAsync("a", 500, stop.Token);

        Assert.Equal(Enumerable.Range(0, 101).Select(i => (double)i), await viewer.NumbersUntilAsync(100));
        await stop.CancelAsync();

        var sent = await sending;
        Assert.Equal(_source.SentOf("a"), sent);
    }

    [Fact]
    public async Task Frozen_it_sends_nothing_and_answers_no_ping_and_thawed_it_goes_on()
    {
        await using var viewer = await OpenAsync("a");
        await _source.SendAsync("a", 1);
        Assert.Equal(0, await viewer.NextNumberAsync());
        using var pinging = new ClientWebSocket();
        pinging.Options.KeepAliveInterval = TimeSpan.FromMilliseconds(50);
        pinging.Options.KeepAliveTimeout = TimeSpan.FromMilliseconds(200);
        await pinging.ConnectAsync(AddressOf("b"), Token);

        _source.Freeze();
        var sending = _source.SendAsync("a", 3);
        var connecting = OpenAsync("a");
        await Assert.ThrowsAnyAsync<Exception>(async () => await pinging.ReceiveAsync(new byte[10], Token));
        Assert.Equal(WebSocketState.Aborted, pinging.State);
        Assert.False(sending.IsCompleted);
        Assert.False(connecting.IsCompleted);
        _source.Thaw();

        await sending;
        Assert.Equal([1, 2, 3], await viewer.NumbersUntilAsync(3));
        await (await connecting).DisposeAsync();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Stopped_or_killed_it_refuses_and_comes_back_on_its_port_with_the_next_numbers(bool killed)
    {
        var port = _source.Port;
        await using var viewer = await OpenAsync("a");
        using var watching = new ClientWebSocket();
        await watching.ConnectAsync(AddressOf("b"), Token);
        await _source.SendAsync("a", 2);
        Assert.Equal([0, 1], await viewer.NumbersUntilAsync(1));

        await (killed ? _source.KillAsync() : _source.StopAsync());
        if (killed)
            await Assert.ThrowsAsync<WebSocketException>(async () => await watching.ReceiveAsync(new byte[10], Token));
        else
            Assert.Equal(WebSocketCloseStatus.EndpointUnavailable, (await watching.ReceiveAsync(new byte[10], Token)).CloseStatus);
        await Assert.ThrowsAsync<WebSocketException>(() => OpenAsync("a"));
        var sending = _source.SendAsync("a", 1);
        await _source.StartAgainAsync();

        Assert.Equal(port, _source.Port);
        await using var again = await OpenAsync("a");
        await sending;
        Assert.Equal(2, await again.NextNumberAsync());
        Assert.Equal((1, 2), (_source.ViewersOf("a"), _source.ConnectionsOf("a")));
    }

    [Fact]
    public async Task A_viewer_that_leaves_is_missed_by_nobody()
    {
        using (var leaving = new ClientWebSocket())
        {
            await leaving.ConnectAsync(AddressOf("a"), Token);
            await leaving.CloseAsync(WebSocketCloseStatus.NormalClosure, null, Token);
        }

        await Eventually.ThatAsync("it is gone", () => _source.ViewersOf("a") == 0);
        await using var viewer = await OpenAsync("a");
        await _source.SendAsync("a", 1);
        Assert.Equal(0, await viewer.NextNumberAsync());
    }

    [Fact]
    public async Task With_a_history_it_goes_on_unwatched_and_each_viewer_gets_the_newest_numbers_first()
    {
        await using var source = await VariableSource.StartAsync(historyLength: 3);
        await source.SendAsync("a", 5);
        await using var viewer = await SampleStream.OpenAsync(new Uri($"ws://127.0.0.1:{source.Port}/fetch/a"));
        await source.WaitForViewerAsync("a");
        await source.SendAsync("a", 2);

        Assert.Equal([2, 3, 4, 5, 6], await viewer.NumbersUntilAsync(6));
    }

    [Fact]
    public async Task It_can_listen_at_an_IPv6_address()
    {
        await using var source = await VariableSource.StartAsync(IPAddress.IPv6Loopback);
        await using var viewer = await SampleStream.OpenAsync(new Uri($"ws://[::1]:{source.Port}/fetch/a"));

        await source.SendAsync("a", 1);

        Assert.Equal(0, await viewer.NextNumberAsync());
    }

    private Uri AddressOf(string escapedName) => new($"ws://127.0.0.1:{_source.Port}/fetch/{escapedName}");

    private Task<SampleStream> OpenAsync(string escapedName) => SampleStream.OpenAsync(AddressOf(escapedName));
}
