namespace Plotune.Mqtt.Agent.Configuration;

/// <summary>
/// Secrets of a connection that are stored but cannot be read any more. A connection that has one is not made: without its signing secret it would publish unsigned, without its
/// verify secret take anything for genuine, and without a password ask the broker in somebody else's name.
/// </summary>
internal static class LostSecrets
{
    /// <summary>Name of this reason in a connection's state.</summary>
    public const string ReasonName = "SecretLost";

    /// <returns>What is lost and what to do, as a sentence; null if nothing is.</returns>
    public static string? Sentence(BrokerConnectionConfig config) => Sentence(Secrets(config));

    /// <inheritdoc cref="Sentence(BrokerConnectionConfig)"/>
    public static string? Sentence(IEnumerable<Secret> secrets)
    {
        string[] names = [.. secrets.Select(secret => secret.LostName).OfType<string>()];
        return names.Length switch
        {
            0 => null,
            1 => $"The stored {names[0]} cannot be read any more, because its encryption key is gone. Enter it again.",
            _ => $"The stored {string.Join(", ", names[..^1])} and {names[^1]} cannot be read any more, because their encryption key is gone. Enter them again.",
        };
    }

    private static IEnumerable<Secret> Secrets(BrokerConnectionConfig config) =>
    [
        config.Password,
        config.Tls.Key,
        config.Tls.KeyPassword,
        .. config.Headers.Select(header => header.Value),
        .. config.Proxy is { } proxy ? [proxy.Password] : Array.Empty<Secret>(),
        config.SigningSecret,
        config.VerifySecret,
    ];
}
