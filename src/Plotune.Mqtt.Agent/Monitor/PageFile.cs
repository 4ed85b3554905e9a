using System.Security.Cryptography;

namespace Plotune.Mqtt.Agent.Monitor;

/// <summary>One file of the page, as it is sent.</summary>
/// <param name="ETag">Strong validator (RFC 9110, 8.8.3), quotes included; changes with the content.</param>
internal sealed record PageFile(ReadOnlyMemory<byte> Content, string ContentType, string ETag)
{
    public static PageFile Of(string path, byte[] content) =>
        new(content, ContentTypeOf(Path.GetExtension(path)), $"\"{Convert.ToHexStringLower(SHA256.HashData(content).AsSpan(0, 16))}\"");

    private static string ContentTypeOf(string extension) => extension switch
    {
        ".html" => "text/html; charset=utf-8",
        ".js" or ".mjs" => "text/javascript; charset=utf-8",
        ".css" => "text/css; charset=utf-8",
        ".json" or ".map" => "application/json; charset=utf-8",
        ".svg" => "image/svg+xml",
        ".png" => "image/png",
        ".ico" => "image/x-icon",
        ".woff2" => "font/woff2",
        ".txt" or ".md" or ".LICENSE" or "" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    };
}
