using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Plotune.Mqtt.Client;

namespace Plotune.Mqtt.Agent.EventSources.Redis;

/// <summary>The TLS handshake with Redis. Certificates are read anew at each one, so a renewed one needs no restart.</summary>
internal sealed class RedisTls(RedisSourceSettings settings)
{
    private const string PemMark = "-----BEGIN ";

    private string? _verdict;

    private string ServerName => settings.Tls.ServerName.Length > 0 ? settings.Tls.ServerName : settings.Host;

    /// <returns>The stream, which owns <paramref name="inner"/>.</returns>
    /// <exception cref="RedisUnavailableException">The handshake failed.</exception>
    public async Task<Stream> AuthenticateAsync(Stream inner, CancellationToken cancellationToken)
    {
        var stream = new SslStream(inner);
        try
        {
            await stream.AuthenticateAsClientAsync(CreateOptions(), cancellationToken);
            return stream;
        }
        catch (Exception exception)
        {
            await stream.DisposeAsync();
            if (exception is AuthenticationException or IOException) throw new RedisUnavailableException(_verdict ?? Describe(exception), exception);
            throw;
        }
    }

    private SslClientAuthenticationOptions CreateOptions()
    {
        var options = new SslClientAuthenticationOptions
        {
            TargetHost = ServerName,
            EnabledSslProtocols = settings.Tls.MinimumVersion == TlsVersion.Tls13 ? SslProtocols.Tls13 : SslProtocols.Tls12 | SslProtocols.Tls13,
            CertificateChainPolicy = CreatePolicy(),
            RemoteCertificateValidationCallback = (_, certificate, chain, errors) => Check(certificate as X509Certificate2, chain, errors),
        };
        if (settings.Tls.Certificate.Length > 0) options.ClientCertificateContext = LoadOwn();
        return options;
    }

    private X509ChainPolicy CreatePolicy()
    {
        var policy = new X509ChainPolicy { RevocationMode = settings.Tls.CheckRevocation ? X509RevocationMode.Online : X509RevocationMode.NoCheck };
        if (settings.Tls.Ca.Length == 0) return policy;
        policy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        try
        {
            policy.CustomTrustStore.ImportFromPem(ReadSource(settings.Tls.Ca));
        }
        catch (CryptographicException exception)
        {
            throw new RedisUnavailableException("The CA certificate of the event source cannot be read: it is damaged.", exception);
        }

        return policy.CustomTrustStore.Count > 0 ? policy : throw new RedisUnavailableException("The CA certificate of the event source holds no block that begins with -----BEGIN CERTIFICATE-----.");
    }

    private SslStreamCertificateContext LoadOwn()
    {
        try
        {
            var certificates = new X509Certificate2Collection();
            var pem = ReadSource(settings.Tls.Certificate);
            certificates.ImportFromPem(pem);
            var key = settings.Tls.Key.IsEmpty ? pem : ReadSource(settings.Tls.Key.Reveal());
            using var own = settings.Tls.KeyPassword.IsEmpty
                ? X509Certificate2.CreateFromPem(pem, key)
                : X509Certificate2.CreateFromEncryptedPem(pem, key, settings.Tls.KeyPassword.Reveal());
            // A key that only lives in memory is not presented on every platform.
            var certificate = X509CertificateLoader.LoadPkcs12(own.Export(X509ContentType.Pkcs12), null);
            certificates.RemoveAt(0);
            return SslStreamCertificateContext.Create(certificate, certificates, offline: true);
        }
        catch (Exception exception) when (exception is CryptographicException or ArgumentException)
        {
            throw new RedisUnavailableException("The client certificate of the event source and its key cannot be used: one of them is damaged, they do not belong together, or the key password is wrong.", exception);
        }
    }

    private static string ReadSource(string source)
    {
        if (source.Contains(PemMark, StringComparison.Ordinal)) return source;
        try
        {
            return File.ReadAllText(source);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new RedisUnavailableException("A certificate or key file of the event source cannot be read. Is it there, and may the agent read it?", exception);
        }
    }

    private bool Check(X509Certificate2? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (settings.Tls.Verify == TlsVerification.None || errors == SslPolicyErrors.None) return true;
        _verdict = VerdictOf(certificate, chain, errors);
        return false;
    }

    private string VerdictOf(X509Certificate2? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (certificate is null || chain is null) return "Redis sent no certificate, so that nobody can tell who it is.";
        var status = chain.ChainStatus.Aggregate(X509ChainStatusFlags.NoError, (flags, next) => flags | next.Status);
        if (status.HasFlag(X509ChainStatusFlags.NotTimeValid))
            return $"The certificate of Redis is valid from {certificate.NotBefore:yyyy-MM-dd HH:mm} to {certificate.NotAfter:yyyy-MM-dd HH:mm}, and now is {DateTime.Now:yyyy-MM-dd HH:mm}. Renew it, or set the clock.";
        if ((status & (X509ChainStatusFlags.UntrustedRoot | X509ChainStatusFlags.PartialChain)) != 0)
        {
            return settings.Tls.Ca.Length > 0
                ? "The certificate of Redis was not issued by the CA certificate entered."
                : "The certificate of Redis was issued by nobody this computer trusts. If it is the right one, enter its authority in tlsSettings.ca.";
        }

        return errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch)
            ? $"The certificate of Redis is not for '{ServerName}'. Enter the name it is for in tlsSettings.serverName, or use that host name."
            : $"The certificate of Redis is not valid: {string.Join(' ', chain.ChainStatus.Select(fault => fault.StatusInformation.Trim()).Distinct())}";
    }

    private string Describe(Exception exception) => exception is IOException
        ? $"{settings.Address} closed the connection during the TLS handshake. Either its port expects no TLS, or it asks for a client certificate (tlsSettings.certificate and key)."
        : $"The TLS handshake with {settings.Address} failed: {exception.GetBaseException().Message}. Does its port expect TLS, and does it ask for a client certificate?";
}
