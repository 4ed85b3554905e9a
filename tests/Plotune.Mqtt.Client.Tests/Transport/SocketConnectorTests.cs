using System.Net;
using System.Net.Sockets;
using Plotune.Mqtt.Client.Transport;

namespace Plotune.Mqtt.Client.Tests.Transport;

public sealed class SocketConnectorTests : IDisposable
{
    private readonly Socket _broker = Listen(IPAddress.Loopback, 0, 16);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private int Port => ((IPEndPoint)_broker.LocalEndPoint!).Port;

    public void Dispose() => _broker.Dispose();

    [Fact]
    public async Task Address_that_refuses_gives_way_to_the_next()
    {
        using var socket = await SocketConnector.ConnectAsync([IPAddress.Parse("127.0.0.3"), IPAddress.Loopback], Port, Token);

        Assert.Equal(IPAddress.Loopback, ((IPEndPoint)socket.RemoteEndPoint!).Address);
    }

    [Theory]
    [InlineData("fe80::1", "fe80::1%eth0")]
    [InlineData("fe80::1%none", "fe80::1%eth0")]
    [InlineData("2001:db8::1", "Invalid argument")]
    public void Link_local_address_asks_for_its_interface(string host, string telling)
    {
        var end = SocketFailure.Describe(new SocketException((int)SocketError.InvalidArgument), new BrokerAddress(host, 1883), connected: false);

        Assert.Contains(telling, end.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Family_that_does_not_answer_gives_way_to_the_other()
    {
        using var socket = await SocketConnector.ConnectAsync([IPAddress.IPv6Loopback, IPAddress.Loopback], Port, Token);

        Assert.Equal(AddressFamily.InterNetwork, socket.AddressFamily);
    }

    [Fact]
    public async Task Dead_address_costs_its_head_start_and_not_the_whole_deadline()
    {
        // A listener whose backlog is full answers nothing at all, as an address behind a firewall.
        var dead = IPAddress.Parse("127.0.0.2");
        using var listener = Listen(dead, Port, 0);
        var filling = new List<Socket>();
        try
        {
            for (var i = 0; i < 8; i++)
            {
                var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { Blocking = false };
                filling.Add(socket);
                try
                {
                    socket.Connect(dead, Port);
                }
                catch (SocketException exception) when (exception.SocketErrorCode is SocketError.WouldBlock or SocketError.InProgress)
                {
                    // Under way for ever.
                }
            }

            using var connected = await SocketConnector.ConnectAsync([dead, IPAddress.Loopback], Port, Token);

            Assert.Equal(IPAddress.Loopback, ((IPEndPoint)connected.RemoteEndPoint!).Address);
        }
        finally
        {
            filling.ForEach(socket => socket.Dispose());
        }
    }

    [Fact]
    public async Task Refusal_is_told_rather_than_a_family_that_is_not_there()
    {
        var port = Port;
        _broker.Dispose();

        // A link-local address of an interface that is not there.
        var failure = await Assert.ThrowsAsync<SocketException>(() => SocketConnector.ConnectAsync([IPAddress.Parse("fe80::1%999"), IPAddress.Loopback], port, Token));

        Assert.Equal(SocketError.ConnectionRefused, failure.SocketErrorCode);
    }

    [Fact]
    public async Task Cancellation_ends_every_attempt()
    {
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => SocketConnector.ConnectAsync([IPAddress.Loopback, IPAddress.Parse("127.0.0.3")], Port, cancelled.Token));
    }

    [Fact]
    public async Task IPv6_address_connects()
    {
        using var listener = Listen(IPAddress.IPv6Loopback, 0, 1);

        using var socket = await SocketConnector.ConnectAsync("::1", ((IPEndPoint)listener.LocalEndPoint!).Port, Token);

        Assert.Equal(AddressFamily.InterNetworkV6, socket.AddressFamily);
    }

    private static Socket Listen(IPAddress address, int port, int backlog)
    {
        var listener = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(address, port));
        listener.Listen(backlog);
        return listener;
    }
}
