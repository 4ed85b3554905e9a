using Plotune.Mqtt.Agent.Outbound;
using Plotune.Mqtt.Client;

namespace Plotune.Mqtt.Agent.Storage;

/// <summary>What a message is to be published with, in one stored number: QoS in bits 0 and 1, retain in bit 2, JSON in bit 3.</summary>
internal static class OutboundFlags
{
    private const int QosMask = 3;
    private const int RetainBit = 4;
    private const int JsonBit = 8;

    public static int Of(OutboundMessage message) => (int)message.QualityOfService | (message.Retain ? RetainBit : 0) | (message.IsJson ? JsonBit : 0);

    public static QualityOfService QualityOfServiceOf(int flags) => (QualityOfService)(flags & QosMask);

    public static bool IsRetain(int flags) => (flags & RetainBit) != 0;

    public static bool IsJson(int flags) => (flags & JsonBit) != 0;
}
