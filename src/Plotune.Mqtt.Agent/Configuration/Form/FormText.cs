using Plotune.Mqtt.Client;

namespace Plotune.Mqtt.Agent.Configuration;

/// <summary>Choices of the form's <em>Security</em> tab.</summary>
internal static class FormText
{
    /// <summary>Leaves the transport to the address and the SSL box.</summary>
    public const string TransportOfAddress = "from the address and SSL";

    /// <summary>All but a Unix domain socket, which takes an address of its own kind.</summary>
    public static readonly (string Name, BrokerTransport Value)[] Transports = [.. Configuration.Transports.Choices.Where(choice => choice.Value != BrokerTransport.Unix)];

    public static readonly (string Name, TlsVerification Value)[] Verifications = [("full", TlsVerification.Full), ("none (insecure)", TlsVerification.None), ("none", TlsVerification.None)];

    public static string NameOf(BrokerTransport? transport) => transport is { } chosen ? Configuration.Transports.NameOf(chosen) : TransportOfAddress;

    public static string NameOf(TlsVerification verification) => Array.Find(Verifications, choice => choice.Value == verification).Name;
}
