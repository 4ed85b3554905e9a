using System.Text;
using Plotune.Mqtt.Client;

namespace Plotune.Mqtt.Worker.Tests.Ingest;

/// <summary>PUBLISH structs as the lane makes them.</summary>
internal static class Publishes
{
    public static InboundPublish Create(string topic, string payload, int qos = 0, bool retained = false) => Create(topic, Encoding.UTF8.GetBytes(payload), qos, retained);

    public static InboundPublish Create(string topic, byte[] payload, int qos = 0, bool retained = false) =>
        new((byte)((qos << 1) | (retained ? 1 : 0)), Encoding.UTF8.GetBytes(topic), 0, payload, (0, 0), (0, payload.Length));
}
