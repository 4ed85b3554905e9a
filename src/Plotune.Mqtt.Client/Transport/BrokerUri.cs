using System.Diagnostics.CodeAnalysis;

namespace Plotune.Mqtt.Client;

/// <summary>
/// A broker's address as people write it: <c>host</c>, <c>host:port</c>, <c>[::1]:1883</c>, <c>::1</c> or
/// <c>mqtt://user:password@host:port/topic/filter/#</c>. User name, password and topic filter are percent-decoded; <c>#</c>, <c>+</c> and <c>?</c>
/// have no meaning of their own in an address, since they have one in a topic filter.
/// </summary>
public sealed record BrokerUri
{
    public required BrokerAddress Address { get; init; }

    public BrokerTransport Transport { get; init; }

    /// <summary>Null if the address names none.</summary>
    public string? UserName { get; init; }

    /// <summary>Null if the address names none.</summary>
    public string? Password { get; init; }

    /// <summary>The path without its first slash; null if there is none. A valid topic filter.</summary>
    public string? TopicFilter { get; init; }

    /// <exception cref="FormatException">The text is no address; the message says why.</exception>
    public static BrokerUri Parse(string text) => TryParse(text, out var uri, out var error) ? uri : throw new FormatException(error);

    /// <param name="error">What is wrong and how to write it right; empty on success. Never contains a password.</param>
    public static bool TryParse(string? text, [NotNullWhen(true)] out BrokerUri? uri, out string error)
    {
        uri = BrokerUriParser.Parse(text, out error);
        return uri is not null;
    }

    /// <summary>The address without its password.</summary>
    public override string ToString() =>
        $"mqtt://{(UserName is null ? "" : UserName + "@")}{Address}{(TopicFilter is null ? "" : "/" + TopicFilter)}";
}
