using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Plotune.Mqtt.Client;

/// <summary>What may stand where a host is expected: a DNS name, an IPv4 address, an IPv6 address with or without brackets.</summary>
internal static class HostName
{
    private const int MaximumLength = 253;
    private const int MaximumLabelLength = 63;

    private static readonly IdnMapping Idn = new();

    /// <summary>What is wrong with <paramref name="host"/>, in words; empty if nothing.</summary>
    public static string Error(string host)
    {
        if (host.Length == 0)
            return "The host is missing. Write a host name or an IP address, such as broker.example or 192.168.0.10.";
        if (host.Any(char.IsWhiteSpace))
            return "The host must not contain spaces.";
        if (host.Contains(':', StringComparison.Ordinal) || host.StartsWith('['))
            return IsIPv6(host) ? "" : "The host is no IPv6 address. Write it as [::1], with a port as [::1]:1883.";
        var labels = host.TrimEnd('.').Split('.');
        if (labels[^1].Length > 0 && labels[^1].All(char.IsAsciiDigit))
            return labels.Length == 4 && IPAddress.TryParse(host, out _) ? "" : "The host is no IPv4 address: four numbers from 0 to 255 are needed.";
        var ascii = ToAscii(host);
        return ascii.Length <= MaximumLength && Ascii.IsValid(ascii) && labels.All(IsLabel)
            ? ""
            : "The host is no valid host name: letters, digits, hyphens and dots are allowed, 63 characters from dot to dot and 253 in all.";
    }

    /// <summary>
    /// The host as DNS, TLS and HTTP carry it: a name with letters beyond ASCII in lower case and in its ASCII form (<c>xn--</c>, RFC 5891, 4.4); all else, and
    /// what has no such form, as it is.
    /// </summary>
    public static string ToAscii(string host)
    {
        if (Ascii.IsValid(host))
            return host;
        try
        {
            return Idn.GetAscii(host.ToLowerInvariant());
        }
        catch (ArgumentException)
        {
            return host;
        }
    }

    private static bool IsIPv6(string host)
    {
        var bracketed = host.StartsWith('[') && host.EndsWith(']');
        var text = bracketed ? host[1..^1] : host;
        return !text.Contains('[', StringComparison.Ordinal) && !text.Contains(']', StringComparison.Ordinal) && HasZoneOrNone(text)
            && IPAddress.TryParse(text, out var address) && address.AddressFamily == AddressFamily.InterNetworkV6;
    }

    // The parser takes anything behind the %, and the address may come from a broker (RFC 6874, 2).
    private static bool HasZoneOrNone(string address)
    {
        var mark = address.IndexOf('%', StringComparison.Ordinal);
        return mark < 0 || (address.Length - mark - 1 is > 0 and <= MaximumLabelLength && address[(mark + 1)..].All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or '_' or '~'));
    }

    private static bool IsLabel(string label) =>
        label.Length is > 0 and <= MaximumLabelLength && label.All(c => char.IsLetterOrDigit(c) || c is '-' or '_') && label[0] != '-' && label[^1] != '-';
}
