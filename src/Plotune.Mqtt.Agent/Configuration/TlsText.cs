using System.Text;
using Plotune.Mqtt.Client;

namespace Plotune.Mqtt.Agent.Configuration;

/// <summary>TLS settings as the API and the form name them.</summary>
internal static class TlsText
{
    public static readonly (string Name, TlsVersion Value)[] Versions = [("1.2", TlsVersion.Tls12), ("1.3", TlsVersion.Tls13)];

    public static readonly (string Name, TlsVerification Value)[] Verifications = [("full", TlsVerification.Full), ("none", TlsVerification.None)];

    private const string PemMark = "-----BEGIN ";
    private const string KeyMark = "PRIVATE KEY-----";
    private const int MaximumProtocols = 16;

    public static string NameOf(TlsVersion version) => Array.Find(Versions, choice => choice.Value == version).Name;

    public static string NameOf(TlsVerification verification) => Array.Find(Verifications, choice => choice.Value == verification).Name;

    /// <summary>
    /// What is wrong with a member that holds PEM text or names a file, as a sentence; null if nothing. A file can still vanish later; a mistyped name is
    /// told at once. The sentence never repeats the member: it may be a key that was pasted in another form.
    /// </summary>
    public static string? SourceError(string text)
    {
        if (text.Length == 0 || text.Contains(PemMark, StringComparison.Ordinal)) return null;
        if (!Path.IsPathFullyQualified(text) || text.AsSpan().ContainsAny('\0', '\n', '\r')) return "is neither PEM text (-----BEGIN ...) nor the full path of a file";
        try
        {
            // Before it is opened: what has no length may be a pipe, and opening that would wait for its writer.
            if (new FileInfo(text) is { Exists: true, Length: 0 }) return "names a file that is empty";
            using var file = new FileStream(text, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            return null;
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return "names a file that is not there";
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return "names a file that the agent cannot read";
        }
    }

    /// <summary>As <see cref="SourceError"/>, for what is no secret and therefore shown: a key that was pasted along would be shown, too.</summary>
    public static string? CertificateError(string text) =>
        text.Contains(KeyMark, StringComparison.Ordinal) ? "holds a private key, but is not kept secret: take the key out, and enter it as the key" : SourceError(text);

    /// <summary>Names for ALPN out of <c>mqtt, x-amzn-mqtt-ca</c>.</summary>
    /// <param name="error">A sentence; null if all is well.</param>
    public static ValueList<string> ParseProtocols(IEnumerable<string> names, out string? error)
    {
        string[] protocols = [.. names.SelectMany(name => name.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)).Distinct(StringComparer.Ordinal)];
        var valid = protocols.Length <= MaximumProtocols && Array.TrueForAll(protocols, name => Encoding.UTF8.GetByteCount(name) <= byte.MaxValue && !name.AsSpan().ContainsAnyExceptInRange('!', '~'));
        error = valid ? null : $"must be at most {MaximumProtocols} protocol names, such as mqtt, of at most 255 printable ASCII characters each";
        return valid ? [.. protocols] : [];
    }

    /// <inheritdoc cref="ParseProtocols(IEnumerable{string}, out string?)"/>
    public static ValueList<string> ParseProtocols(string text, out string? error) => ParseProtocols([text], out error);

    /// <summary>What is wrong with a name expected in a certificate; null if nothing.</summary>
    public static string? ServerNameError(string name) =>
        name.Length == 0 || Uri.CheckHostName(name) != UriHostNameType.Unknown ? null : "is no host name or IP address";
}
