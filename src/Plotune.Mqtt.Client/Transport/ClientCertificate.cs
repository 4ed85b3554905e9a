using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Plotune.Mqtt.Client.Session;

namespace Plotune.Mqtt.Client.Transport;

/// <summary>Loads our own certificate with its key and its intermediates.</summary>
internal static class ClientCertificate
{
    private const string KeyMark = "PRIVATE KEY-----";
    private const string EncryptedMark = "-----BEGIN ENCRYPTED PRIVATE KEY-----";
    private const string OldEncryptionMark = "Proc-Type: 4,ENCRYPTED";

    /// <returns>Null if the settings name none.</returns>
    public static SslStreamCertificateContext? Load(TlsOptions options)
    {
        if (options.Certificate.Length == 0)
        {
            return options.Key.Length == 0
                ? null
                : throw new TransportException(LocalFault.ClientCertificateMissing, "There is a client key, but no client certificate. Enter both.", ReasonClass.Final);
        }

        var source = PemSource.Read(options.Certificate, "client certificate");
        var (certificate, others) = source.IsPem ? LoadPem(source, options) : LoadBinary(source, options);
        return SslStreamCertificateContext.Create(certificate, others, offline: true);
    }

    private static (X509Certificate2 Certificate, X509Certificate2Collection Others) LoadPem(PemSource source, TlsOptions options)
    {
        var certificates = new X509Certificate2Collection();
        try
        {
            certificates.ImportFromPem(source.Text);
        }
        catch (CryptographicException exception)
        {
            throw source.Invalid("is damaged: it cannot be read as a certificate.", exception);
        }

        if (certificates.Count == 0)
            throw source.Invalid("has no certificate in it. It must hold a block that begins with -----BEGIN CERTIFICATE-----.");
        var certificate = WithKey(certificates[0], options.Key.Length == 0 ? source : PemSource.Read(options.Key, "client key"), options);
        certificates.RemoveAt(0);
        return (certificate, certificates);
    }

    private static (X509Certificate2 Certificate, X509Certificate2Collection Others) LoadBinary(PemSource source, TlsOptions options)
    {
        switch (ContentTypeOf(source.Bytes))
        {
            case X509ContentType.Cert when options.Key.Length > 0:
                return (WithKey(X509CertificateLoader.LoadCertificate(source.Bytes), PemSource.Read(options.Key, "client key"), options), []);
            case X509ContentType.Cert:
                throw new TransportException(LocalFault.ClientKeyMissing, $"{source.Name} has no private key with it. Enter the key.", ReasonClass.Final);
            case X509ContentType.Pfx:
                return LoadPfx(source, options.KeyPassword);
            default:
                throw source.Invalid("is neither PEM nor a PFX file.");
        }
    }

    private static X509ContentType ContentTypeOf(byte[] bytes)
    {
        try
        {
            return X509Certificate2.GetCertContentType(bytes);
        }
        catch (CryptographicException)
        {
            return X509ContentType.Unknown;
        }
    }

    private static (X509Certificate2 Certificate, X509Certificate2Collection Others) LoadPfx(PemSource source, string password)
    {
        X509Certificate2Collection certificates;
        try
        {
            certificates = X509CertificateLoader.LoadPkcs12Collection(source.Bytes, password, X509KeyStorageFlags.EphemeralKeySet);
        }
        catch (CryptographicException exception)
        {
            throw password.Length == 0
                ? new TransportException(LocalFault.KeyPasswordMissing, $"{source.Name} asks for a password, or is damaged. Enter the key password.", ReasonClass.Final, exception)
                : new TransportException(LocalFault.KeyPasswordWrong, $"The key password does not open {Decapitalised(source.Name)}. Enter it again.", ReasonClass.Final, exception);
        }

        var certificate = certificates.FirstOrDefault(candidate => candidate.HasPrivateKey)
            ?? throw new TransportException(LocalFault.ClientKeyMissing, $"{source.Name} has no private key in it. Export it together with its key.", source.FaultClass);
        certificates.Remove(certificate);
        return (certificate, certificates);
    }

    private static X509Certificate2 WithKey(X509Certificate2 certificate, PemSource key, TlsOptions options)
    {
        var text = key.Text;
        if (!text.Contains(KeyMark, StringComparison.Ordinal))
            throw new TransportException(LocalFault.ClientKeyMissing, $"{key.Name} has no private key in it. Enter the key: PEM that begins with -----BEGIN PRIVATE KEY-----.", key.FaultClass);
        if (text.Contains(OldEncryptionMark, StringComparison.Ordinal))
            throw key.Invalid("is encrypted in an old form. Convert it with: openssl pkcs8 -topk8 -in old.key -out new.key");
        var isEncrypted = text.Contains(EncryptedMark, StringComparison.Ordinal);
        if (isEncrypted && options.KeyPassword.Length == 0)
            throw new TransportException(LocalFault.KeyPasswordMissing, $"{key.Name} is encrypted. Enter the key password.", ReasonClass.Final);

        var password = isEncrypted ? options.KeyPassword : null;
        using var rsa = RSA.Create();
        using var elliptic = ECDsa.Create();
        try
        {
            if (TryImport(rsa, text, password))
                return certificate.CopyWithPrivateKey(rsa);
            if (TryImport(elliptic, text, password))
                return certificate.CopyWithPrivateKey(elliptic);
        }
        catch (ArgumentException exception)
        {
            throw new TransportException(LocalFault.ClientKeyMismatch, $"{key.Name} does not belong to the client certificate. Enter the two that were made together.", key.FaultClass, exception);
        }

        throw isEncrypted
            ? new TransportException(LocalFault.KeyPasswordWrong, $"The key password does not open {Decapitalised(key.Name)}. Enter it again.", ReasonClass.Final)
            : key.Invalid("cannot be read: it is damaged, or of a kind other than RSA and ECDSA.");
    }

    private static bool TryImport(AsymmetricAlgorithm algorithm, string pem, string? password)
    {
        try
        {
            if (password is null)
                algorithm.ImportFromPem(KeyBlockOf(pem));
            else
                algorithm.ImportFromEncryptedPem(pem, password);
            return true;
        }
        catch (Exception exception) when (exception is CryptographicException or ArgumentException)
        {
            return false; // Of the other algorithm, damaged, or another password: one of the two must succeed.
        }
    }

    // OpenSSL writes the parameters of a curve as a block of their own in front of the key, which .NET takes for a second key.
    private static ReadOnlySpan<char> KeyBlockOf(ReadOnlySpan<char> pem)
    {
        for (var rest = pem; PemEncoding.TryFind(rest, out var fields); rest = rest[fields.Location.End..])
        {
            if (rest[fields.Label].EndsWith("PRIVATE KEY", StringComparison.Ordinal))
                return rest[fields.Location];
        }

        return pem;
    }

    private static string Decapitalised(string sentence) => char.ToLowerInvariant(sentence[0]) + sentence[1..];
}
