using System.Security.Cryptography;

namespace Plotune.Mqtt.Agent.Supervision;

/// <summary>Client Identifiers of our own making: <c>plotune-</c> and eight hexadecimal digits: short enough for every broker.</summary>
internal static class ClientIdentifier
{
    public static string Create() => $"plotune-{RandomNumberGenerator.GetHexString(8, lowercase: true)}";
}
