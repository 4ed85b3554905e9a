using MQTTnet.Packets;

namespace Plotune.Mqtt.Agent.BuiltInBroker;

/// <summary>
/// Puts the reason codes of a SUBACK in the order of the filters in its SUBSCRIBE [MQTT-3.8.4-6]: MQTTnet takes the filters in descending order of QoS, and
/// answers in that order. A client may have several SUBSCRIBEs on the way; they are answered in turn. Thread-safe.
/// </summary>
internal sealed class SubscribeOrder
{
    private readonly Lock _lock = new();
    private readonly Queue<int[]> _orders = [];

    public void Note(MqttSubscribePacket subscribe)
    {
        var filters = subscribe.TopicFilters;
        int[] order = [.. Enumerable.Range(0, filters.Count).OrderByDescending(index => filters[index].QualityOfServiceLevel)];
        lock (_lock) _orders.Enqueue(order);
    }

    public void Restore(MqttSubAckPacket acknowledgement)
    {
        int[]? order;
        lock (_lock)
        {
            if (!_orders.TryDequeue(out order)) return;
        }

        var codes = acknowledgement.ReasonCodes.ToArray();
        if (codes.Length != order.Length) return;
        for (var index = 0; index < order.Length; index++) acknowledgement.ReasonCodes[order[index]] = codes[index];
    }
}
