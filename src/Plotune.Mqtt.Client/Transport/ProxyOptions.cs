namespace Plotune.Mqtt.Client;

/// <summary>An HTTP proxy that opens a tunnel to the broker by CONNECT (RFC 9110, 9.3.6).</summary>
public sealed record ProxyOptions(string Host, int Port)
{
    /// <summary>The port taken if an address names none.</summary>
    public const int DefaultPort = 8080;

    /// <summary>User name of Basic authentication; empty sends none. (default: empty)</summary>
    public string UserName { get; init; } = "";

    public string Password { get; init; } = "";

    /// <summary>Host and port only: the password must not reach a log by way of this record.</summary>
    public override string ToString() => $"{Host}:{Port}";
}
