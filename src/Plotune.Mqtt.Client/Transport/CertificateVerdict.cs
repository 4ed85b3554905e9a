using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Plotune.Mqtt.Client.Session;

namespace Plotune.Mqtt.Client.Transport;

/// <summary>What is wrong with a broker's certificate, in words.</summary>
internal static class CertificateVerdict
{
    private const int MaximumNames = 10;

    /// <returns>The first fault decides; the others are told with it. Null if there is none.</returns>
    public static ConnectionEnd? Of(X509Certificate2? certificate, X509Chain? chain, SslPolicyErrors errors, string expectedName, bool hasOwnAuthorities)
    {
        if (errors == SslPolicyErrors.None)
            return null;
        if (certificate is null || chain is null)
            return new(LocalFault.CertificateMissing, "The broker sent no certificate, so that nobody can tell who it is.", ReasonClass.RetrySlowly);

        var faults = new List<ConnectionEnd>();
        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateChainErrors))
            AddChainFaults(faults, certificate, chain, hasOwnAuthorities);
        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch))
            faults.Add(WrongName(certificate, expectedName));
        return faults[0] with
        {
            Reason = string.Join(' ', faults.Select(fault => fault.Reason)),
            // What asks for new settings does so even if time would cure another fault.
            Class = faults.Any(fault => fault.Class == ReasonClass.Final) ? ReasonClass.Final : faults[0].Class,
        };
    }

    private static void AddChainFaults(List<ConnectionEnd> faults, X509Certificate2 certificate, X509Chain chain, bool hasOwnAuthorities)
    {
        var all = chain.ChainStatus.Aggregate(X509ChainStatusFlags.NoError, (flags, status) => flags | status.Status);
        if (all.HasFlag(X509ChainStatusFlags.NotTimeValid))
            faults.AddRange(chain.ChainElements.Select(element => OutOfTime(element.Certificate, certificate)).OfType<ConnectionEnd>().Take(1));
        if (all.HasFlag(X509ChainStatusFlags.UntrustedRoot) || all.HasFlag(X509ChainStatusFlags.PartialChain))
            faults.Add(Untrusted(certificate, chain, hasOwnAuthorities));
        if (all.HasFlag(X509ChainStatusFlags.Revoked))
            faults.Add(new(LocalFault.CertificateRevoked, "The broker's certificate was revoked by who issued it. The broker needs a new one.", ReasonClass.RetrySlowly));
        else if ((all & (X509ChainStatusFlags.RevocationStatusUnknown | X509ChainStatusFlags.OfflineRevocation)) != 0)
            faults.Add(new(
                LocalFault.RevocationUnknown,
                "Whether the broker's certificate was revoked could not be found out. Is this computer connected to the internet? If not, switch the revocation check off.",
                ReasonClass.RetrySlowly));
        if (faults.Count == 0)
            faults.Add(new(
                LocalFault.CertificateNotValid,
                $"The broker's certificate is not valid: {string.Join(' ', chain.ChainStatus.Select(status => status.StatusInformation.Trim()).Distinct())}",
                ReasonClass.Final));
    }

    private static ConnectionEnd? OutOfTime(X509Certificate2 suspect, X509Certificate2 leaf)
    {
        var whose = suspect.Equals(leaf) ? "The broker's certificate" : $"The certificate of the broker's authority '{NameOf(suspect.SubjectName, suspect)}'";
        var now = DateTime.Now;
        if (suspect.NotAfter < now)
            return new(LocalFault.CertificateExpired, $"{whose} expired on {suspect.NotAfter:yyyy-MM-dd HH:mm}. Whoever runs the broker must renew it.", ReasonClass.RetrySlowly);
        return suspect.NotBefore > now
            ? new(LocalFault.CertificateNotYetValid, $"{whose} is not valid before {suspect.NotBefore:yyyy-MM-dd HH:mm}. Check the clock of this computer, which says {now:yyyy-MM-dd HH:mm}.", ReasonClass.RetrySlowly)
            : null;
    }

    private static ConnectionEnd Untrusted(X509Certificate2 certificate, X509Chain chain, bool hasOwnAuthorities)
    {
        if (IsSelfSigned(certificate))
            return new(
                LocalFault.CertificateSelfSigned,
                "The broker's certificate is self-signed, so that nobody vouches for it. If it is the right one, enter it as the CA certificate.",
                ReasonClass.Final);
        var top = chain.ChainElements[^1].Certificate;
        var issuer = NameOf(top.IssuerName, top);
        return hasOwnAuthorities
            ? new(
                LocalFault.CertificateAuthorityUnknown,
                $"The broker's certificate was issued by '{issuer}', which is not among the CA certificates entered. Enter the one of that authority, root included.",
                ReasonClass.Final)
            : new(
                LocalFault.CertificateAuthorityUnknown,
                $"The broker's certificate was issued by '{issuer}', which this computer does not know. Enter the certificate of that authority as the CA certificate.",
                ReasonClass.Final);
    }

    private static ConnectionEnd WrongName(X509Certificate2 certificate, string expected)
    {
        var names = NamesOf(certificate);
        var list = names.Count == 0 ? "no name at all" : string.Join(", ", names.Take(MaximumNames)) + (names.Count > MaximumNames ? ", ..." : "");
        return new(
            LocalFault.CertificateNameMismatch,
            $"The broker's certificate is not for '{expected}' but for {list}. Use such a name as the address, or enter it as the server name.",
            ReasonClass.Final);
    }

    private static List<string> NamesOf(X509Certificate2 certificate)
    {
        var names = certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>()
            .SelectMany(extension => extension.EnumerateDnsNames().Concat(extension.EnumerateIPAddresses().Select(address => address.ToString())))
            .ToList();
        if (names.Count == 0 && certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: false) is { Length: > 0 } common)
            names.Add(common);
        return [.. names.Select(name => BrokerText.Clean(name, BrokerText.MaximumNameLength))];
    }

    private static bool IsSelfSigned(X509Certificate2 certificate) =>
        certificate.SubjectName.RawData.AsSpan().SequenceEqual(certificate.IssuerName.RawData);

    private static string NameOf(X500DistinguishedName name, X509Certificate2 certificate)
    {
        var simple = certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: ReferenceEquals(name, certificate.IssuerName));
        return BrokerText.Clean(simple.Length > 0 ? simple : name.Name, BrokerText.MaximumNameLength);
    }
}
