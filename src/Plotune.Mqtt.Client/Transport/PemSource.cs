using System.Text;
using Plotune.Mqtt.Client.Session;

namespace Plotune.Mqtt.Client.Transport;

/// <summary>What a TLS setting holds: PEM as text, or the bytes of the file it names, read anew for every connection.</summary>
internal sealed class PemSource
{
    private const string PemMark = "-----BEGIN ";

    private PemSource(byte[] bytes, string? path, string what)
    {
        Bytes = bytes;
        Path = path;
        What = what;
    }

    public byte[] Bytes { get; }

    /// <summary>Null for text in the setting itself.</summary>
    public string? Path { get; }

    /// <summary>The setting in words, and the file if it is one, to begin a sentence with.</summary>
    public string Name => Path is null ? $"The text entered as the {What}" : $"The {What} {Path}";

    /// <summary>The class of a fault in what was read: a file may be half written, or one of two that are being replaced; a text will not change by itself.</summary>
    public ReasonClass FaultClass => Path is null ? ReasonClass.Final : ReasonClass.RetrySlowly;

    public bool IsPem => Bytes.AsSpan().IndexOf("-----BEGIN "u8) >= 0;

    public string Text => Encoding.UTF8.GetString(Bytes);

    private string What { get; }

    /// <param name="what">The setting in words, such as <c>CA file</c>.</param>
    public static PemSource Read(string setting, string what)
    {
        if (setting.Contains(PemMark, StringComparison.Ordinal))
            return new PemSource(Encoding.UTF8.GetBytes(setting), null, what);
        var path = setting.Trim();
        if (path.Contains('\n', StringComparison.Ordinal))
            throw new TransportException(LocalFault.TlsFileInvalid, $"The text entered as the {what} is neither PEM, which begins with -----BEGIN, nor the path of a file.", ReasonClass.Final);
        try
        {
            return new PemSource(File.ReadAllBytes(path), path, what);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            // Perhaps not yet: a folder that is mounted late, a certificate that is still to be issued.
            throw new TransportException(
                LocalFault.TlsFileMissing, $"There is no {what} {path}. Put it there, or enter the path of another file on this computer, or the PEM text itself.", ReasonClass.RetrySlowly, exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Unreadable(what, path, ReasonClass.RetrySlowly, exception);
        }
        catch (Exception exception) when (exception is ArgumentException or NotSupportedException)
        {
            throw Unreadable(what, path, ReasonClass.Final, exception);
        }
    }

    public TransportException Invalid(string fault, Exception? innerException = null) => new(LocalFault.TlsFileInvalid, $"{Name} {fault}", FaultClass, innerException);

    private static TransportException Unreadable(string what, string path, ReasonClass reasonClass, Exception exception) =>
        new(LocalFault.TlsFileUnreadable, $"The {what} {path} cannot be read: {exception.Message} Check the path and its permissions.", reasonClass, exception);
}
