using Plotune.Mqtt.Client.Session;

namespace Plotune.Mqtt.Client.Transport;

/// <summary>Recognises servers of other protocols by their first bytes, where CONNACK is awaited.</summary>
internal static class ForeignAnswer
{
    public static ConnectionEnd? Recognise(ReadOnlySpan<byte> firstBytes, BrokerAddress address)
    {
        if (IsTls(firstBytes))
            return new(LocalFault.TlsExpected, $"The port of {address} speaks TLS. Choose TLS (mqtts), or the broker's plain port.", ReasonClass.Final);
        if (firstBytes.StartsWith("HTTP/"u8))
            return new(
                LocalFault.HttpExpected, $"The port of {address} speaks HTTP, not MQTT. Choose WebSocket (ws, with TLS wss) if it is the broker's WebSocket port, or another port.", ReasonClass.Final);
        return null;
    }

    /// <summary>An alert or handshake record of TLS 1.0 or later (RFC 8446, 5.1).</summary>
    public static bool IsTls(ReadOnlySpan<byte> firstBytes) => firstBytes is [0x15 or 0x16, 0x03, <= 0x04, ..];
}
