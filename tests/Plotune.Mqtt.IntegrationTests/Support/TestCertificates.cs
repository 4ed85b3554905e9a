using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Plotune.Mqtt.IntegrationTests.Support;

/// <summary>Certificates made for one test.</summary>
internal static class TestCertificates
{
    /// <summary>Writes an authority, and <c>broker.pem</c> with <c>broker.key</c> for 127.0.0.1 signed by it.</summary>
    public static async Task WriteAsync(string folder, string authorityPath)
    {
        var (from, until) = (DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(30));
        using var authorityKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var authorityRequest = new CertificateRequest("CN=Test authority", authorityKey, HashAlgorithmName.SHA256);
        authorityRequest.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        using var authority = authorityRequest.CreateSelfSigned(from, until);

        using var brokerKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var brokerRequest = new CertificateRequest("CN=Test broker", brokerKey, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        brokerRequest.CertificateExtensions.Add(names.Build());
        using var broker = brokerRequest.Create(authority, from, until, RandomNumberGenerator.GetBytes(8));

        await File.WriteAllTextAsync(authorityPath, authority.ExportCertificatePem());
        await File.WriteAllTextAsync(Path.Combine(folder, "broker.pem"), broker.ExportCertificatePem());
        await File.WriteAllTextAsync(Path.Combine(folder, "broker.key"), brokerKey.ExportPkcs8PrivateKeyPem());
    }
}
