using System.Text;

namespace Plotune.Mqtt.Agent.Probe;

/// <summary>Text in a file, so that it stands neither on the command line, which other users of the computer can read, nor in the environment.</summary>
internal static class SecretFile
{
    private const int MaximumBytes = 64 * 1024;

    /// <summary>The whole file without the line end that editors put after it.</summary>
    /// <param name="error">A sentence; empty on success. Never holds anything of the file.</param>
    /// <returns>Null if it cannot be read.</returns>
    public static string? Read(string path, out string error)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            var buffer = new byte[MaximumBytes + 1];
            var length = file.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
            error = length > MaximumBytes ? $"The file {path} is larger than {MaximumBytes / 1024} KiB." : "";
            return error.Length > 0 ? null : WithoutLineEnd(Encoding.UTF8.GetString(buffer, 0, length));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            error = $"The file cannot be read: {exception.Message}";
            return null;
        }
    }

    private static string WithoutLineEnd(string text)
    {
        if (text.EndsWith('\n')) text = text[..^1];
        return text.EndsWith('\r') ? text[..^1] : text;
    }
}
