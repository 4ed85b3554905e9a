using System.Text;

namespace Plotune.Mqtt.TestSupport;

/// <summary>Reads the head of an HTTP request, and not one byte further.</summary>
internal static class HttpText
{
    public static async Task<string> ReadHeadAsync(Stream stream, CancellationToken cancellationToken)
    {
        var head = new StringBuilder();
        var next = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            if (await stream.ReadAsync(next, cancellationToken) == 0)
                throw new UnmetExpectationException($"The client closed within an HTTP request: {head}");
            head.Append((char)next[0]);
        }

        return head.ToString();
    }

    /// <summary>The value of a header field; empty if there is none.</summary>
    public static string Field(string head, string name) =>
        head.Split("\r\n").FirstOrDefault(line => line.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase)) is { } line ? line[(name.Length + 1)..].Trim() : "";
}
