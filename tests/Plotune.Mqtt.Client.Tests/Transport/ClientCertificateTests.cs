using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Plotune.Mqtt.TestSupport;

namespace Plotune.Mqtt.Client.Tests.Transport;

public sealed class ClientCertificateTests : TransportTest
{
    private const string Password = "s3cret-of-the-key";

    private static readonly PbeParameters Encryption = new(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 10_000);

    [Theory]
    [InlineData(SslProtocols.Tls12)]
    [InlineData(SslProtocols.Tls13)]
    public async Task Certificate_and_key_are_taken_as_text(SslProtocols protocol)
    {
        using var certificate = Authority.Issue("ada");

        await AssertAcceptedAsync(new TlsOptions { Certificate = certificate.ExportCertificatePem(), Key = KeyOf(certificate) }, protocol);
    }

    [Fact]
    public async Task Certificate_and_key_are_taken_from_files()
    {
        using var certificate = Authority.Issue("ada");

        await AssertAcceptedAsync(new TlsOptions
        {
            Certificate = WriteFile("ada.pem", certificate.ExportCertificatePem()),
            Key = WriteFile("ada.key", KeyOf(certificate)),
        });
    }

    [Fact]
    public async Task One_file_may_hold_certificate_and_key()
    {
        using var certificate = Authority.Issue("ada");

        await AssertAcceptedAsync(new TlsOptions { Certificate = WriteFile("ada.pem", certificate.ExportCertificatePem() + "\n" + KeyOf(certificate)) });
    }

    [Fact]
    public async Task Key_may_be_RSA_in_its_own_form()
    {
        using var certificate = Authority.IssueRsa("ada");
        using var key = certificate.GetRSAPrivateKey()!;

        await AssertAcceptedAsync(new TlsOptions { Certificate = certificate.ExportCertificatePem(), Key = key.ExportRSAPrivateKeyPem() });
    }

    [Fact]
    public async Task Key_may_be_encrypted()
    {
        using var certificate = Authority.Issue("ada");

        await AssertAcceptedAsync(new TlsOptions { Certificate = certificate.ExportCertificatePem(), Key = EncryptedKeyOf(certificate), KeyPassword = Password });
    }

    [Fact]
    public async Task PFX_file_holds_everything()
    {
        using var certificate = Authority.Issue("ada");

        await AssertAcceptedAsync(new TlsOptions { Certificate = WriteFile("ada.pfx", certificate.Export(X509ContentType.Pfx, Password)), KeyPassword = Password });
    }

    [Fact]
    public async Task Intermediates_are_sent_along()
    {
        using var intermediate = Authority.CreateIntermediate("Plant Authority");
        using var certificate = intermediate.Issue("ada");
        var length = 0;
        SpeakMutualTls(onClient: (_, chain) => length = chain.ChainElements.Count);

        await ConnectedAsync(
            WithClient(new TlsOptions { Certificate = certificate.ExportCertificatePem() + "\n" + intermediate.Pem, Key = KeyOf(certificate) }), []);

        Assert.Equal(3, length);
    }

    [Theory]
    [InlineData(SslProtocols.Tls12)]
    [InlineData(SslProtocols.Tls13)]
    public async Task Broker_that_closes_without_our_certificate_may_need_one_and_is_tried_again(SslProtocols protocol)
    {
        SpeakMutualTls(protocol);

        AssertFailure(await FailureAsync(TlsClientOptions), ConnectionState.Waiting, "ClientCertificateRequired", "asks for a client certificate");
    }

    [Fact]
    public async Task Broker_that_closes_on_our_certificate_is_asked_about_it()
    {
        SpeakMutualTls();
        using var other = TestAuthority.Create("Another Authority");
        using var certificate = other.Issue("ada");

        var status = await FailureAsync(WithClient(new TlsOptions { Certificate = certificate.ExportCertificatePem(), Key = KeyOf(certificate) }));

        AssertFailure(status, ConnectionState.Waiting, "ClosedBeforeConnAck", "accept our client certificate");
    }

    [Fact]
    public async Task Wrong_password_of_a_key_is_told_without_showing_it()
    {
        using var certificate = Authority.Issue("ada");
        var tls = new TlsOptions { Certificate = certificate.ExportCertificatePem(), Key = WriteFile("ada.key", EncryptedKeyOf(certificate)), KeyPassword = "wr0ng-one" };

        var status = await FailureAsync(WithClient(tls));

        AssertFailure(status, ConnectionState.Failed, "KeyPasswordWrong", "ada.key");
        Assert.DoesNotContain("wr0ng-one", string.Join('\n', Logger.Entries.Select(entry => entry.Message)) + status.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Wrong_password_of_a_PFX_file_is_told()
    {
        using var certificate = Authority.Issue("ada");
        var file = WriteFile("ada.pfx", certificate.Export(X509ContentType.Pfx, Password));

        AssertFailure(await FailureAsync(WithClient(new TlsOptions { Certificate = file, KeyPassword = "wrong" })), ConnectionState.Failed, "KeyPasswordWrong", "ada.pfx");
    }

    [Fact]
    public async Task Missing_passwords_are_asked_for()
    {
        using var certificate = Authority.Issue("ada");

        var status = await FailureAsync(WithClient(new TlsOptions { Certificate = certificate.ExportCertificatePem(), Key = EncryptedKeyOf(certificate) }));

        AssertFailure(status, ConnectionState.Failed, "KeyPasswordMissing", "encrypted");
    }

    [Fact]
    public async Task Key_of_another_certificate_is_told()
    {
        using var certificate = Authority.Issue("ada");
        using var other = Authority.Issue("bob");

        var status = await FailureAsync(WithClient(new TlsOptions { Certificate = certificate.ExportCertificatePem(), Key = KeyOf(other) }));

        AssertFailure(status, ConnectionState.Failed, "ClientKeyMismatch", "does not belong");
    }

    [Fact]
    public async Task Key_of_another_algorithm_is_told()
    {
        using var certificate = Authority.Issue("ada");
        using var other = Authority.IssueRsa("bob");
        using var key = other.GetRSAPrivateKey()!;

        var status = await FailureAsync(WithClient(new TlsOptions { Certificate = certificate.ExportCertificatePem(), Key = key.ExportPkcs8PrivateKeyPem() }));

        AssertFailure(status, ConnectionState.Failed, "ClientKeyMismatch", "does not belong");
    }

    [Fact]
    public async Task Certificate_without_key_is_told()
    {
        using var certificate = Authority.Issue("ada");

        AssertFailure(
            await FailureAsync(WithClient(new TlsOptions { Certificate = certificate.ExportCertificatePem() })), ConnectionState.Failed, "ClientKeyMissing", "private key");
    }

    [Fact]
    public async Task Key_in_the_old_encryption_says_how_to_convert_it()
    {
        using var certificate = Authority.Issue("ada");
        const string Old = "-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nAAAA\n-----END EC PRIVATE KEY-----\n";

        var status = await FailureAsync(WithClient(new TlsOptions { Certificate = certificate.ExportCertificatePem(), Key = Old, KeyPassword = Password }));

        AssertFailure(status, ConnectionState.Failed, "TlsFileInvalid", "openssl pkcs8");
    }

    [Theory]
    [InlineData("/no/such/folder/ca.pem", ConnectionState.Waiting, "TlsFileMissing", "There is no CA certificate /no/such/folder/ca.pem")]
    [InlineData("/", ConnectionState.Waiting, "TlsFileUnreadable", "cannot be read")]
    [InlineData("ca\0.pem", ConnectionState.Failed, "TlsFileUnreadable", "cannot be read")]
    [InlineData("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----", ConnectionState.Failed, "TlsFileInvalid", "no certificate in it")]
    [InlineData("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----", ConnectionState.Failed, "TlsFileInvalid", "damaged")]
    [InlineData("MIIB\nAAAA", ConnectionState.Failed, "TlsFileInvalid", "neither PEM")]
    public async Task Authorities_that_cannot_be_read_are_told(string ca, ConnectionState state, string name, string telling) =>
        AssertFailure(await FailureAsync(TlsClientOptions with { Tls = new TlsOptions { Ca = ca } }), state, name, telling);

    [Fact]
    public async Task File_that_is_no_certificate_is_told()
    {
        var file = WriteFile("notes.txt", "nothing of the kind");

        AssertFailure(await FailureAsync(WithClient(new TlsOptions { Certificate = file })), ConnectionState.Waiting, "TlsFileInvalid", "notes.txt", "PFX");
    }

    [Fact]
    public async Task Files_may_come_after_the_start_one_after_the_other()
    {
        using var certificate = Authority.Issue("ada");
        SpeakMutualTls();
        var (certificateFile, keyFile) = (PathOf("ada.pem"), PathOf("ada.key"));
        var connection = Connect(WithClient(new TlsOptions { Certificate = certificateFile, Key = keyFile }));
        await FailsAsync(connection, "TlsFileMissing", $"There is no client certificate {certificateFile}.");

        WriteFile("ada.pem", certificate.ExportCertificatePem()[..100]);
        await FailsAsync(connection, "TlsFileInvalid", certificateFile);

        WriteFile("ada.pem", certificate.ExportCertificatePem());
        var status = await FailsAsync(connection, "TlsFileMissing", $"There is no client key {keyFile}.");
        Assert.InRange((status.RetryAt - status.Since)!.Value, Options.ReconnectDelayMaximum / 2, Options.ReconnectDelayMaximum);

        WriteFile("ada.key", KeyOf(certificate));
        await SkipBackoffAsync(connection);
        await (await AcceptNextAsync()).AcceptSessionAsync();
        await ReachesAsync(connection, ConnectionState.Connected);
    }

    // Lets the clock run until an attempt fails so: one that finds no file is over too soon to be seen.
    private async Task<ConnectionStatus> FailsAsync(BrokerConnection connection, string reasonName, string telling)
    {
        ConnectionStatus status = connection.Status;
        await Eventually.TrueAsync($"an attempt fails with {reasonName}", () =>
        {
            status = connection.Status;
            if (status.State == ConnectionState.Waiting && status.ReasonName == reasonName && status.Reason.Contains(telling, StringComparison.Ordinal))
                return true;
            if (status.State == ConnectionState.Waiting)
                Clock.Advance(Options.ReconnectDelayMaximum);
            return false;
        }, Token, state: () => connection.Status);
        return status;
    }

    // The attempts that found no file have left their sockets.
    private async Task<ScriptedConnection> AcceptNextAsync()
    {
        while (true)
        {
            try
            {
                return await Broker.AcceptAsync();
            }
            catch (IOException)
            {
                // Gone before TLS.
            }
        }
    }

    private static string KeyOf(X509Certificate2 certificate)
    {
        using var key = certificate.GetECDsaPrivateKey()!;
        return key.ExportPkcs8PrivateKeyPem();
    }

    private static string EncryptedKeyOf(X509Certificate2 certificate)
    {
        using var key = certificate.GetECDsaPrivateKey()!;
        return key.ExportEncryptedPkcs8PrivateKeyPem(Password, Encryption);
    }

    private BrokerConnectionOptions WithClient(TlsOptions tls) => TlsClientOptions with { Tls = tls with { Ca = Authority.Pem } };

    private async Task AssertAcceptedAsync(TlsOptions tls, SslProtocols protocol = SslProtocols.None)
    {
        SpeakMutualTls(protocol);
        var (_, client) = await ConnectedAsync(WithClient(tls), []);
        Assert.Equal("CN=ada", ((SslStream)client.Stream).RemoteCertificate!.Subject);
    }
}
