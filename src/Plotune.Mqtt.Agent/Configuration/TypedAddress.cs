using System.Globalization;
using Plotune.Mqtt.Client;

namespace Plotune.Mqtt.Agent.Configuration;

/// <summary>A broker's address as it was typed. What it does not name by itself may be said elsewhere, such as by a port field beside it.</summary>
/// <param name="NamesTransport">It begins with a scheme.</param>
/// <param name="NamesPort">It holds a port.</param>
internal sealed record TypedAddress(BrokerUri Uri, bool NamesTransport, bool NamesPort)
{
    private const string SchemeEnd = "://";

    /// <param name="error">What is wrong and how to write it right; empty on success. Never contains a password.</param>
    public static TypedAddress? Parse(string? text, out string error)
    {
        if (!BrokerUri.TryParse(text, out var uri, out error)) return null;
        if ((uri.Transport == BrokerTransport.Unix ? ConnectionAddress.SocketPathError(uri.Address.Host) : PathError(uri)) is { } fault)
        {
            error = $"The path in the address {fault}.";
            return null;
        }

        var scheme = text!.IndexOf(SchemeEnd, StringComparison.Ordinal);
        return new TypedAddress(uri, scheme >= 0, uri.Transport != BrokerTransport.Unix && HasPort(text[(scheme < 0 ? 0 : scheme + SchemeEnd.Length)..], uri.Address.Port));
    }

    private static string? PathError(BrokerUri uri) => uri.WebSocketPath is { } path ? ConnectionAddress.PathError(path) : null;

    private static bool HasPort(string rest, int port)
    {
        var authority = rest.Split('/')[0];
        authority = authority[(authority.LastIndexOf('@') + 1)..].TrimEnd();
        var colon = authority.LastIndexOf(':');
        var isBareIPv6 = !authority.Contains('[') && authority.IndexOf(':') != colon;
        return colon >= 0 && !isBareIPv6 && int.TryParse(authority.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var named) && named == port;
    }
}
