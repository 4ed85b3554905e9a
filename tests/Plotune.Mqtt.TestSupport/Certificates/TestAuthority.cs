using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Plotune.Mqtt.TestSupport;

/// <summary>A certificate authority made for one test; issues certificates of servers, clients and authorities below it.</summary>
public sealed class TestAuthority : IDisposable
{
    private static readonly DateTimeOffset DefaultStart = DateTimeOffset.UtcNow.AddDays(-10);
    private static readonly DateTimeOffset DefaultEnd = DateTimeOffset.UtcNow.AddDays(10);

    private TestAuthority(X509Certificate2 certificate) => Certificate = certificate;

    public X509Certificate2 Certificate { get; }

    public string Pem => Certificate.ExportCertificatePem();

    public static TestAuthority Create(string name = "Test Authority")
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return new TestAuthority(AuthorityRequest(name, key).CreateSelfSigned(DefaultStart.AddDays(-1), DefaultEnd.AddDays(1)));
    }

    /// <summary>A certificate that nobody vouches for.</summary>
    public static X509Certificate2 CreateSelfSigned(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return LeafRequest(Named(name), [name], key).CreateSelfSigned(DefaultStart, DefaultEnd);
    }

    public TestAuthority CreateIntermediate(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return new TestAuthority(Sign(AuthorityRequest(name, key), key, DefaultStart, DefaultEnd));
    }

    /// <summary>A certificate with its key.</summary>
    /// <param name="names">DNS names and IP addresses it is for.</param>
    public X509Certificate2 Issue(string subject, string[]? names = null, DateTimeOffset? notBefore = null, DateTimeOffset? notAfter = null)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return Sign(LeafRequest(Named(subject), names ?? [], key), key, notBefore ?? DefaultStart, notAfter ?? DefaultEnd);
    }

    /// <summary>A certificate with its key, for a subject alone.</summary>
    public X509Certificate2 IssueTo(X500DistinguishedName subject)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return Sign(LeafRequest(subject, [], key), key, DefaultStart, DefaultEnd);
    }

    /// <summary>As <see cref="Issue"/>, with an RSA key.</summary>
    public X509Certificate2 IssueRsa(string subject)
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest($"CN={subject}", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using var issued = request.Create(Certificate.SubjectName, Generator(), DefaultStart, DefaultEnd, RandomNumberGenerator.GetBytes(8));
        return issued.CopyWithPrivateKey(key);
    }

    public void Dispose() => Certificate.Dispose();

    private static CertificateRequest AuthorityRequest(string name, ECDsa key)
    {
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        return request;
    }

    private static X500DistinguishedName Named(string subject) => new($"CN={subject}");

    private static CertificateRequest LeafRequest(X500DistinguishedName subject, string[] names, ECDsa key)
    {
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: false, hasPathLengthConstraint: false, 0, critical: true));
        if (names.Length > 0)
        {
            var builder = new SubjectAlternativeNameBuilder();
            foreach (var name in names)
            {
                if (IPAddress.TryParse(name, out var address))
                    builder.AddIpAddress(address);
                else
                    builder.AddDnsName(name);
            }

            request.CertificateExtensions.Add(builder.Build());
        }

        return request;
    }

    private X509SignatureGenerator Generator() => X509SignatureGenerator.CreateForECDsa(Certificate.GetECDsaPrivateKey()!);

    private X509Certificate2 Sign(CertificateRequest request, ECDsa key, DateTimeOffset notBefore, DateTimeOffset notAfter)
    {
        using var issued = request.Create(Certificate.SubjectName, Generator(), notBefore, notAfter, RandomNumberGenerator.GetBytes(8));
        return issued.CopyWithPrivateKey(key);
    }
}
