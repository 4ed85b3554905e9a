using System.Net;
using Plotune.Mqtt.Agent.Configuration;
using Plotune.Mqtt.Agent.Supervision;
using Plotune.Mqtt.Client;

namespace Plotune.Mqtt.Agent.Monitor.Diagnosis;

/// <summary>From the name of the host to CONNACK.</summary>
internal static class ConnectingSteps
{
    public static IEnumerable<DiagnosisStep> Of(DiagnosisFacts facts)
    {
        var fault = Fault.Of(facts);
        foreach (var kind in (StepKind[])[StepKind.Name, StepKind.Tcp, StepKind.Tls, StepKind.ConnAck])
            yield return fault?.At(kind) ?? Unharmed(facts, kind, isPassed: fault is not null || facts.State.Activity == ConnectionActivity.Connected);
    }

    private static DiagnosisStep Unharmed(DiagnosisFacts facts, StepKind kind, bool isPassed)
    {
        if (kind == StepKind.Tls && !Transports.HasTls(facts.Config.Transport))
            return new DiagnosisStep(kind, StepState.Skipped, $"There is no TLS on the transport {Transports.NameOf(facts.Config.Transport)}.");
        if (!isPassed)
            return new DiagnosisStep(kind, StepState.Waiting, "The connection is being made.");

        return new DiagnosisStep(kind, StepState.Ok, kind switch
        {
            StepKind.Name => NameText(facts),
            StepKind.Tcp => TcpText(facts),
            StepKind.Tls => TlsText(facts.Config),
            _ => $"The broker accepted us as '{facts.State.ClientId}'{(facts.State.Protocol.Length > 0 ? $" with MQTT {facts.State.Protocol}" : "")}.",
        });
    }

    private static string NameText(DiagnosisFacts facts)
    {
        var config = facts.Config;
        if (config.Transport == BrokerTransport.Unix)
            return "It is a socket on this computer: there is no name to look up.";

        var host = config.Proxy?.Host ?? config.Host;
        var who = config.Proxy is null ? host : $"The proxy {host}";
        if (IPAddress.TryParse(host.Trim('[', ']'), out _))
            return $"{who} is an address: there is no name to look up.";
        return IPEndPoint.TryParse(facts.State.Reached, out var reached) ? $"{who} is {reached.Address}." : $"{who} is known.";
    }

    private static string TcpText(DiagnosisFacts facts)
    {
        var config = facts.Config;
        var reached = facts.State.Reached;
        if (config.Transport == BrokerTransport.Unix)
            return $"{config.Host} accepts connections.";

        var broker = new BrokerAddress(config.Host, config.Port);
        return config.Proxy is null
            ? $"{(reached.Length > 0 ? reached : broker)} accepts connections."
            : $"The proxy {(reached.Length > 0 ? reached : config.Proxy.Host)} connects us to {broker}.";
    }

    private static string TlsText(BrokerConnectionConfig config) => ConnectionWarnings.IsUnverified(config)
        ? "The connection is encrypted, but whether it is the right broker is not checked."
        : $"The broker's certificate is good for {(config.Tls.ServerName.Length > 0 ? config.Tls.ServerName : config.Host)}.";
}
