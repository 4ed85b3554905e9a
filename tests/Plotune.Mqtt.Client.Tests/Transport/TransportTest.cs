using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Plotune.Mqtt.Client.Tests.Session;
using Plotune.Mqtt.TestSupport;

namespace Plotune.Mqtt.Client.Tests.Transport;

/// <summary>A connection under test over TLS, WebSocket or a proxy, with an authority and a folder of its own.</summary>
public abstract class TransportTest : ConnectionTest
{
    private readonly string _folder = Directory.CreateTempSubdirectory("plotune-transport-").FullName;

    internal TestAuthority Authority { get; } = TestAuthority.Create();

    internal BrokerConnectionOptions TlsClientOptions => Options with { Transport = BrokerTransport.Tls, Tls = new TlsOptions { Ca = Authority.Pem } };

    public override async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await base.DisposeAsync();
        Authority.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    internal string PathOf(string name) => Path.Combine(_folder, name);

    internal string WriteFile(string name, string text)
    {
        File.WriteAllText(PathOf(name), text);
        return PathOf(name);
    }

    internal string WriteFile(string name, byte[] bytes)
    {
        File.WriteAllBytes(PathOf(name), bytes);
        return PathOf(name);
    }

    internal X509Certificate2 ServerCertificate() => Authority.Issue("localhost", ["localhost", ScriptedBroker.Host]);

    /// <summary>Makes the broker speak TLS.</summary>
    internal void SpeakTls(SslServerAuthenticationOptions settings) => Broker.Wrap = async (stream, token) =>
    {
        var tls = new SslStream(stream);
        await tls.AuthenticateAsServerAsync(settings, token);
        return tls;
    };

    internal void SpeakTls() => SpeakTls(new SslServerAuthenticationOptions { ServerCertificate = ServerCertificate() });

    /// <summary>Makes the broker speak TLS, and ask for a client certificate of the test's authority.</summary>
    internal void SpeakMutualTls(SslProtocols protocols = SslProtocols.None, Action<X509Certificate2, X509Chain>? onClient = null)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.Add(Authority.Certificate);
        SpeakTls(new SslServerAuthenticationOptions
        {
            ServerCertificate = ServerCertificate(),
            ClientCertificateRequired = true,
            EnabledSslProtocols = protocols,
            CertificateChainPolicy = policy,
            RemoteCertificateValidationCallback = (_, certificate, chain, errors) =>
            {
                if (errors == SslPolicyErrors.None && certificate is X509Certificate2 client)
                    onClient?.Invoke(client, chain!);
                return errors == SslPolicyErrors.None;
            },
        });
    }

    /// <summary>Lets one connection attempt fail, and says how.</summary>
    internal async Task<ConnectionStatus> FailureAsync(BrokerConnectionOptions options)
    {
        var connection = Connect(options);
        var serving = ServeAsync();
        await Eventually.TrueAsync(
            "the attempt fails", () => connection.Status.State is ConnectionState.Waiting or ConnectionState.Failed, Token, state: () => connection.Status);
        var status = connection.Status;
        await connection.DisposeAsync();
        await Broker.DisposeAsync();
        await serving;
        Assert.NotEmpty(status.Reason);
        return status;
    }

    internal static void AssertFailure(ConnectionStatus status, ConnectionState state, string name, params string[] telling)
    {
        Assert.Equal((state, name), (status.State, status.ReasonName));
        foreach (var part in telling)
            Assert.Contains(part, status.Reason, StringComparison.Ordinal);
    }

    // Takes whoever comes until the broker is disposed of; what a handshake fails with on this side is not the test's concern.
    private async Task ServeAsync()
    {
        while (!Token.IsCancellationRequested)
        {
            try
            {
                var client = await Broker.AcceptAsync();
                await client.ExpectConnectAsync();
            }
            catch (ObjectDisposedException)
            {
                return;
            }
            catch (System.Net.Sockets.SocketException)
            {
                return;
            }
            catch (Exception exception) when (exception is IOException or AuthenticationException or UnmetExpectationException or OperationCanceledException)
            {
                // The client went away.
            }
        }
    }
}
