using MQTTnet.Packets;

namespace Plotune.Mqtt.Agent.BuiltInBroker;

/// <summary>Keeps to a client's Receive Maximum [MQTT-3.3.4-9]: QoS 1 and 2 messages beyond it wait here, in order. MQTTnet sends them all. Thread-safe.</summary>
internal sealed class SendWindow(int maximum)
{
    private readonly Lock _lock = new();
    private readonly Queue<MqttPublishPacket> _held = [];
    private int _inFlight;

    /// <returns>False if it waits: <see cref="Leave"/> gives it back in its turn.</returns>
    public bool TryEnter(MqttPublishPacket packet)
    {
        lock (_lock)
        {
            if (_inFlight < maximum)
            {
                _inFlight++;
                return true;
            }

            _held.Enqueue(packet);
            return false;
        }
    }

    /// <summary>One was acknowledged.</summary>
    /// <returns>The one to be sent in its place; null if none waits.</returns>
    public MqttPublishPacket? Leave()
    {
        lock (_lock)
        {
            if (_held.TryDequeue(out var next)) return next;
            if (_inFlight > 0) _inFlight--;
            return null;
        }
    }
}
