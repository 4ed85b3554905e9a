using MQTTnet.Formatter;

namespace Plotune.Mqtt.Client.Session;

/// <summary>How one connection introduces itself.</summary>
internal sealed record SessionStart(MqttProtocolVersion Version, string ClientId, bool CleanStart);
