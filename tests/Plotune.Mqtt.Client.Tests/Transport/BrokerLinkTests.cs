using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Plotune.Mqtt.Client.Transport;
using Plotune.Mqtt.TestSupport;

namespace Plotune.Mqtt.Client.Tests.Transport;

public sealed class BrokerLinkTests : IAsyncLifetime
{
    private const int Record = 16 * 1024;

    private readonly TestAuthority _authority = TestAuthority.Create("Authority");
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private TcpClient? _accepted;
    private SslStream? _broker;
    private BrokerLink? _link;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_lies_ready_in_several_records_of_TLS_comes_with_one_read()
    {
        var sent = new byte[10 * Record];
        Random.Shared.NextBytes(sent);
        await _broker!.WriteAsync(sent, Token);
        await Eventually.TrueAsync("all records are there", () => _link!.Socket.Available > sent.Length, Token);

        var received = new byte[20 * Record];
        var count = await _link!.ReadAsync(received, Token);
        Assert.True(count >= 8 * Record, $"Only {count} bytes came.");
        while (count < sent.Length) count += await _link.ReadAsync(received.AsMemory(count), Token);

        Assert.Equal(sent, received[..count]);
    }

    [Fact]
    public async Task A_record_that_is_damaged_ends_the_connection_after_those_before_it()
    {
        var sent = new byte[Record];
        await _broker!.WriteAsync(sent, Token);
        // The head of a record of application data, and no record that could be decrypted.
        byte[] damaged = [23, 3, 3, 0x40, 0, .. new byte[4 * Record]];
        await _accepted!.GetStream().WriteAsync(damaged, Token);
        await Eventually.TrueAsync("all is there", () => _link!.Socket.Available > damaged.Length + sent.Length, Token);

        var received = new byte[20 * Record];
        Assert.Equal(sent.Length, await _link!.ReadAsync(received, Token));
        await Assert.ThrowsAsync<IOException>(async () => await _link.ReadAsync(received, Token));
        await Assert.ThrowsAsync<IOException>(async () => await _link.ReadAsync(received, Token));
    }

    public async ValueTask InitializeAsync()
    {
        _listener.Start();
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 1 << 20 };
        await socket.ConnectAsync(_listener.LocalEndpoint, Token);
        _accepted = await _listener.AcceptTcpClientAsync(Token);
        _broker = new SslStream(_accepted.GetStream());
        var client = new SslStream(new NetworkStream(socket));
        var trust = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck, CustomTrustStore = { _authority.Certificate } };
        await Task.WhenAll(
            _broker.AuthenticateAsServerAsync(_authority.Issue("localhost", ["localhost"])),
            client.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "localhost", CertificateChainPolicy = trust }, Token));
        _link = new BrokerLink(socket, client, handshake: null, webSocket: null);
    }

    public async ValueTask DisposeAsync()
    {
        _link!.Dispose();
        await _broker!.DisposeAsync();
        _accepted!.Dispose();
        _listener.Dispose();
        _authority.Dispose();
    }
}
