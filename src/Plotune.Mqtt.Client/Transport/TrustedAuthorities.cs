using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Plotune.Mqtt.Client.Transport;

/// <summary>Whom to trust: the system's authorities, or those of the settings alone.</summary>
internal static class TrustedAuthorities
{
    public static X509ChainPolicy CreatePolicy(TlsOptions options)
    {
        var policy = new X509ChainPolicy
        {
            RevocationMode = options.CheckRevocation ? X509RevocationMode.Online : X509RevocationMode.NoCheck,
            RevocationFlag = X509RevocationFlag.ExcludeRoot,
            // A plant without internet would wait for every download.
            DisableCertificateDownloads = !options.CheckRevocation,
        };
        if (options.Ca.Length > 0 && options.Verify == TlsVerification.Full)
        {
            policy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            policy.CustomTrustStore.AddRange(Load(options.Ca));
        }

        return policy;
    }

    private static X509Certificate2Collection Load(string setting)
    {
        var source = PemSource.Read(setting, "CA certificate");
        var certificates = new X509Certificate2Collection();
        try
        {
            if (source.IsPem)
                certificates.ImportFromPem(source.Text);
            else
                certificates.Add(X509CertificateLoader.LoadCertificate(source.Bytes));
        }
        catch (CryptographicException exception)
        {
            throw source.Invalid("is no certificate in PEM form, or is damaged. A CA certificate begins with -----BEGIN CERTIFICATE-----.", exception);
        }

        return certificates.Count > 0
            ? certificates
            : throw source.Invalid("has no certificate in it. A CA certificate begins with -----BEGIN CERTIFICATE-----.");
    }
}
