using System.Globalization;
using System.Text;

namespace Plotune.Mqtt.Client.Transport;

/// <summary>Status line and header fields of an HTTP/1.x answer; all that a tunnel or an upgrade needs of HTTP.</summary>
internal sealed class HttpHead
{
    public const int SwitchingProtocols = 101;

    private const int MaximumSize = 16 * 1024;

    private readonly Dictionary<string, string> _fields = new(StringComparer.OrdinalIgnoreCase);

    private HttpHead(int status) => Status = status;

    public int Status { get; }

    /// <summary>An answer that another one follows (RFC 9110, 15.2).</summary>
    private bool IsInterim => Status is >= 100 and < 200 and not SwitchingProtocols;

    /// <summary>Empty if the answer has no such field.</summary>
    public string this[string field] => _fields.GetValueOrDefault(field, "");

    /// <summary>Reads to the empty line and not one byte further: what follows belongs to another protocol.</summary>
    /// <returns>Null if what came is no HTTP, or longer than 16 KiB, or the stream ended; <paramref name="received"/> has its first bytes.</returns>
    public static async Task<HttpHead?> ReadAsync(Stream stream, List<byte> received, CancellationToken cancellationToken)
    {
        const string Start = "HTTP/1.";
        var next = new byte[1];
        var begin = 0;
        while (received.Count < MaximumSize)
        {
            if (await stream.ReadAsync(next, cancellationToken).ConfigureAwait(false) == 0)
                return null;
            received.Add(next[0]);
            var length = received.Count - begin;
            if (length <= Start.Length && next[0] != Start[length - 1])
                return null;
            if (length < 4 || !EndsHead(received))
                continue;
            var head = Parse(Encoding.Latin1.GetString([.. received[begin..]]));
            if (head is not { IsInterim: true })
                return head;
            begin = received.Count;
        }

        return null;
    }

    private static bool EndsHead(List<byte> bytes) => bytes[^1] == '\n' && bytes[^2] == '\r' && bytes[^3] == '\n' && bytes[^4] == '\r';

    private static HttpHead? Parse(string text)
    {
        var lines = text.Split("\r\n");
        var status = lines[0].Split(' ', 3);
        if (status.Length < 2 || !int.TryParse(status[1], NumberStyles.None, CultureInfo.InvariantCulture, out var code))
            return null;
        var head = new HttpHead(code);
        foreach (var line in lines.Skip(1))
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            if (colon > 0)
                head.Add(line[..colon], line[(colon + 1)..].Trim());
        }

        return head;
    }

    // A field sent again goes on with its list (RFC 9110, 5.3).
    private void Add(string name, string value) =>
        _fields[name] = _fields.TryGetValue(name, out var before) ? $"{before}, {value}" : value;
}
