using System.Net.Sockets;
using Plotune.Mqtt.TestSupport;

namespace Plotune.Mqtt.Client.Tests.Transport;

public sealed class UnixSocketTests : TransportTest
{
    [Fact]
    public async Task Missing_socket_is_told() =>
        AssertFailure(await FailureAsync(SocketOptions("/no/such/mqtt.sock")), ConnectionState.Waiting, "SocketMissing", "There is no socket /no/such/mqtt.sock");

    [Fact]
    public async Task Socket_that_nobody_listens_at_is_told()
    {
        var path = WriteFile("dead.sock", "");
        File.Delete(path);
        using (var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            socket.Bind(new UnixDomainSocketEndPoint(path));
            AssertFailure(await FailureAsync(SocketOptions(path)), ConnectionState.Waiting, "ConnectionRefused", "No broker listens", path);
        }
    }

    [Fact]
    public async Task Path_that_is_too_long_is_told() =>
        AssertFailure(await FailureAsync(SocketOptions("/" + new string('x', 200))), ConnectionState.Failed, "SocketPathNotValid", "too long");

    [Fact]
    public async Task Messages_pass_over_a_Unix_socket()
    {
        var path = WriteFile("mqtt.sock", "");
        File.Delete(path);
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(path));
        listener.Listen(1);
        var connection = Connect(SocketOptions(path) with { Protocol = ProtocolPreference.V311 });
        using var client = await listener.AcceptAsync(Token);
        await using var stream = new NetworkStream(client);

        await stream.ReadAtLeastAsync(new byte[256], 2, cancellationToken: Token);
        await stream.WriteAsync(PacketBytes.ConnAck311(), Token);
        await stream.WriteAsync(PacketBytes.Publish311("a/b", "hello"u8.ToArray()), Token);

        await Eventually.TrueAsync("the message is there", () => Handler.Messages.Count == 1, Token);
        await ReachesAsync(connection, ConnectionState.Connected);
    }

    private BrokerConnectionOptions SocketOptions(string path) => Options with { Transport = BrokerTransport.Unix, Address = new BrokerAddress(path, 1883) };
}
