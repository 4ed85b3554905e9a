using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Plotune.Mqtt.Client.Session;

namespace Plotune.Mqtt.Client.Transport;

/// <summary>One TLS handshake: our settings in the words of <see cref="SslStream"/>, and what is known when it fails. Certificates are loaded anew for each.</summary>
internal sealed class TlsHandshake(TlsOptions options, BrokerAddress address)
{
    private ConnectionEnd? _verdict;

    /// <summary>Whether the broker asked for a client certificate and we had none.</summary>
    public bool LacksClientCertificate { get; private set; }

    public bool SentClientCertificate { get; private set; }

    public BrokerAddress Address => address;

    public TlsVersion MinimumVersion => options.MinimumVersion;

    public string ServerName => options.ServerName.Length > 0 ? options.ServerName : address.Host;

    /// <param name="offersProtocols">Whether the application protocols of the settings are offered.</param>
    /// <returns>The stream, which owns <paramref name="inner"/>.</returns>
    public async Task<SslStream> PerformAsync(Stream inner, bool offersProtocols, CancellationToken cancellationToken)
    {
        var settings = CreateSettings(offersProtocols);
        var stream = new SslStream(inner);
        try
        {
            await stream.AuthenticateAsClientAsync(settings, cancellationToken).ConfigureAwait(false);
            return stream;
        }
        catch (Exception exception)
        {
            await stream.DisposeAsync().ConfigureAwait(false);
            if (exception is OperationCanceledException)
                throw;
            throw _verdict is { } verdict ? new TransportException(verdict, exception) : new TransportException(TlsFailure.OfHandshake(exception, this), exception);
        }
    }

    private SslClientAuthenticationOptions CreateSettings(bool offersProtocols)
    {
        var settings = new SslClientAuthenticationOptions
        {
            TargetHost = HostName.ToAscii(ServerName),
            EnabledSslProtocols = options.MinimumVersion == TlsVersion.Tls13 ? SslProtocols.Tls13 : SslProtocols.Tls12 | SslProtocols.Tls13,
            CertificateChainPolicy = TrustedAuthorities.CreatePolicy(options),
            RemoteCertificateValidationCallback = Check,
        };
        if (offersProtocols && options.ApplicationProtocols.Count > 0)
            settings.ApplicationProtocols = [.. options.ApplicationProtocols.Select(protocol => new SslApplicationProtocol(protocol))];
        if (ClientCertificate.Load(options) is { } certificate)
        {
            settings.ClientCertificateContext = certificate;
            SentClientCertificate = true;
        }
        else
        {
            settings.LocalCertificateSelectionCallback = NoteRequest;
        }

        return settings;
    }

    private bool Check(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (options.Verify == TlsVerification.Full)
            _verdict = CertificateVerdict.Of(certificate as X509Certificate2, chain, errors, ServerName, options.Ca.Length > 0);
        return _verdict is null;
    }

    // Called once before the handshake, without the broker's certificate, and again when the broker asks for ours.
    private X509Certificate NoteRequest(object sender, string targetHost, X509CertificateCollection localCertificates, X509Certificate? remoteCertificate, string[] acceptableIssuers)
    {
        LacksClientCertificate |= remoteCertificate is not null;
        return null!;
    }
}
