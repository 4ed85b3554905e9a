using System.Buffers;

namespace Plotune.Mqtt.Agent.Configuration;

/// <summary>A further header of the request that opens a WebSocket.</summary>
internal sealed record HeaderConfig(string Name, Secret Value)
{
    public const int MaximumCount = 50;

    private const int MaximumNameLength = 256;
    private const int MaximumValueLength = 8192;

    // RFC 9110, 5.6.2: the characters of a token.
    private static readonly SearchValues<char> TokenCharacters =
        SearchValues.Create("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");

    // The request's own: the handshake sets them, and another value would break it.
    private static readonly string[] Reserved = ["Host", "Upgrade", "Connection", "Content-Length", "Transfer-Encoding"];

    /// <summary>What is wrong with a header's name, as a sentence; null if nothing.</summary>
    public static string? NameError(string name)
    {
        if (name.Length is 0 or > MaximumNameLength || name.AsSpan().ContainsAnyExcept(TokenCharacters)) return "is no name of a header: letters, digits and hyphens are allowed";
        return Reserved.Contains(name, StringComparer.OrdinalIgnoreCase) || name.StartsWith("Sec-WebSocket-", StringComparison.OrdinalIgnoreCase)
            ? "is set by the WebSocket handshake itself"
            : null;
    }

    /// <summary>What is wrong with a header's value, as a sentence without it; null if nothing. A line break would let it forge further headers.</summary>
    public static string? ValueError(string value) =>
        value.Length > MaximumValueLength || value.AsSpan().ContainsAnyExceptInRange(' ', '~') ? $"must be at most {MaximumValueLength} printable ASCII characters, without line breaks" : null;

    public override string ToString() => $"{Name}: {Value}";
}
