using System.Net;
using Plotune.Mqtt.Client;

namespace Plotune.Mqtt.Agent.Configuration;

/// <summary>What a person should know about settings that are allowed, and work, but are seldom wanted.</summary>
internal static class ConnectionWarnings
{
    /// <returns>Sentences; none if all is well.</returns>
    public static IReadOnlyList<string> Of(BrokerConnectionConfig config)
    {
        var warnings = new List<string>();
        if (IsUnverified(config)) warnings.Add("The broker's certificate is not checked (verify: none): the connection is encrypted, but anyone on the way can pose as the broker.");
        if (!Transports.HasTls(config.Transport) && LeavesThisComputer(config))
        {
            if (!config.Password.IsEmpty) warnings.Add($"User name and password go to {config.Host} unencrypted. Use TLS if the broker offers it.");
            if (config.Headers.Count > 0 && config.Transport == BrokerTransport.WebSocket) warnings.Add($"The request headers go to {config.Host} unencrypted. Use wss if the broker offers it.");
        }

        warnings.AddRange(OfNoUse(config));
        if (WorkerShares.Idle(config) is { } idle) warnings.Add(idle);

        // While it is switched on, its state says so.
        if (!config.Enabled && LostSecrets.Sentence(config) is { } lost) warnings.Add(lost);
        return warnings;
    }

    /// <summary>Settings that others leave without effect.</summary>
    private static IEnumerable<string> OfNoUse(BrokerConnectionConfig config)
    {
        var transport = Transports.NameOf(config.Transport);
        if (!Transports.HasTls(config.Transport) && (config.Tls.Ca.Length > 0 || config.Tls.Certificate.Length > 0 || config.Tls.ServerName.Length > 0))
            yield return $"The TLS settings are not used, and the connection is not encrypted: the transport {transport} has no TLS. Choose tls or wss if the broker offers it.";
        if (!Transports.IsWebSocket(config.Transport) && config.Headers.Count > 0)
            yield return $"The request headers are not sent: the transport {transport} is no WebSocket. Choose ws or wss.";
        if (!config.CleanSession && config.SessionExpiry == TimeSpan.Zero && config.Protocol != ProtocolPreference.V311)
            yield return "With MQTT 5.0 the broker keeps no session, although cleanSession is off: sessionExpiry is 0. Enter how many seconds a session is to be kept.";
    }

    /// <summary>Uses TLS without checking whom it speaks to.</summary>
    public static bool IsUnverified(BrokerConnectionConfig config) => Transports.HasTls(config.Transport) && config.Tls.Verify == TlsVerification.None;

    private static bool LeavesThisComputer(BrokerConnectionConfig config) =>
        config.Transport != BrokerTransport.Unix
        && !config.Host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        && !(IPAddress.TryParse(config.Host, out var address) && IPAddress.IsLoopback(address));
}
