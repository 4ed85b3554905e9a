using System.Text;
using Plotune.Mqtt.Client;
using Plotune.Mqtt.Payloads.Signed;
using Plotune.Mqtt.Worker.Ingest;
using Plotune.Mqtt.Worker.Ipc;

namespace Plotune.Mqtt.Worker.Hosting;

/// <summary>Refuses settings that no validator of the agent should have let through, all faults at once.</summary>
internal static class SettingsCheck
{
    private const int MaximumQos = 2;
    private const int MaximumLogEntries = 10_000;
    private const int MaximumParts = 64;
    private const int MaximumWillBytes = 65_535;

    /// <exception cref="FrameException">Names every fault.</exception>
    public static void ThrowIfInvalid(WorkerSettings settings) => ThrowIfAny(
        [.. Faults(settings), .. TransportFaults(settings), .. Faults(settings.Limits), .. Faults(settings.Topics), .. Faults(settings.HeldTopics), .. Faults(settings.OwnTopics)]);

    /// <inheritdoc cref="ThrowIfInvalid(WorkerSettings)"/>
    public static void ThrowIfInvalid(WorkerTopic[] topics) => ThrowIfAny([.. Faults(topics)]);

    /// <inheritdoc cref="ThrowIfInvalid(WorkerSettings)"/>
    public static void ThrowIfInvalid(string[] ownTopics) => ThrowIfAny([.. Faults(ownTopics)]);

    private static IEnumerable<string> Faults(WorkerSettings settings)
    {
        if (settings.Host.Length == 0)
            yield return "host is empty";
        if (settings.Port is < 1 or > 65_535 && settings.Transport != BrokerTransport.Unix)
            yield return $"port {settings.Port} is out of range";
        if (!ConnectionSettings.IsProtocol(settings.Protocol))
            yield return "protocol is none of auto, 3.1.1 and 5.0";
        if (settings.KeepAliveSeconds is < 0 or > 65_535)
            yield return $"keepAliveSeconds {settings.KeepAliveSeconds} is out of range";
        if (!Enum.IsDefined(settings.Mode))
            yield return $"mode {settings.Mode} is unknown";
        if (settings.Parts is < 1 or > MaximumParts || settings.Part < 0 || settings.Part >= settings.Parts)
            yield return $"part {settings.Part} of {settings.Parts} is none, or there are more than {MaximumParts}";
        if (settings.Will is { } will)
        {
            if (MqttTopic.NameError(will.Topic) is { } error)
                yield return $"the topic of the will cannot be used: {error}";
            if (will.Qos is < 0 or > MaximumQos)
                yield return $"QoS {will.Qos} of the will is out of range";
            if (will.DelaySeconds < 0)
                yield return $"delaySeconds {will.DelaySeconds} of the will is negative";
            if (WillBytes(will, settings.SigningSecret) > MaximumWillBytes)
                yield return $"the payload of the will is longer than {MaximumWillBytes} bytes";
        }

        // None is said by null; an empty one would sign and verify with what everybody knows.
        if (settings.SigningSecret is "")
            yield return "signingSecret is empty";
        if (settings.VerifySecret is "")
            yield return "verifySecret is empty";
    }

    // What the client says better when it connects, such as a certificate that cannot be read, is left to it.
    private static IEnumerable<string> TransportFaults(WorkerSettings settings)
    {
        if (!Enum.IsDefined(settings.Transport))
            yield return $"transport {settings.Transport} is unknown";
        if (!settings.Path.StartsWith('/'))
            yield return "path does not begin with a slash";
        // Values are secrets.
        if (settings.Headers.Any(header => header is null || header.Name.Length == 0 || header.Name.Any(IsLineEnd) || header.Value.Any(IsLineEnd)))
            yield return "a header has no name, or holds a line end";
        if (!Enum.IsDefined(settings.Tls.MinimumVersion))
            yield return $"minimumVersion {settings.Tls.MinimumVersion} is unknown";
        if (!Enum.IsDefined(settings.Tls.Verify))
            yield return $"verify {settings.Tls.Verify} is unknown";
        if (settings.Tls.ApplicationProtocols.Any(string.IsNullOrEmpty))
            yield return "an application protocol is empty";
        if (settings.Proxy is { Host: "" } or { Port: < 1 or > 65_535 })
            yield return "the proxy has no host, or a port that is out of range";
    }

    private static IEnumerable<string> Faults(WorkerLimits limits)
    {
        (string Name, int Value, int Minimum, int Maximum)[] ranges =
        [
            ("maximumPacketBytes", limits.MaximumPacketBytes, 16, 256 << 20),
            ("maximumDepth", limits.MaximumDepth, 1, 1000),
            ("maximumLeaves", limits.MaximumLeaves, 1, 1 << 20),
            ("maximumTextBytes", limits.MaximumTextBytes, 0, 16 << 20),
            ("maximumSignals", limits.MaximumSignals, 1, 16 << 20),
            ("messageLogEntries", limits.MessageLogEntries, 0, MaximumLogEntries),
            ("messageLogPayloadBytes", limits.MessageLogPayloadBytes, 0, 1 << 20),
        ];
        foreach ((string name, int value, int minimum, int maximum) in ranges)
        {
            if (value < minimum || value > maximum)
                yield return $"{name} {value} is not within {minimum} and {maximum}";
        }

        if (!(limits.TimestampToleranceSeconds >= 0 && limits.TimestampToleranceSeconds <= 1e10))
            yield return "timestampToleranceSeconds is out of range";
        if (!(limits.ReconnectDelaySeconds > 0 && limits.ReconnectDelayMaximumSeconds >= limits.ReconnectDelaySeconds && limits.ReconnectDelayMaximumSeconds <= 86_400))
            yield return "the reconnect delays are out of range";
        if (LargestBatch(limits) > FrameHeader.MaximumBodyLength)
            yield return $"maximumPacketBytes {limits.MaximumPacketBytes} with maximumLeaves {limits.MaximumLeaves} makes batches larger than a frame";
        if ((long)limits.MessageLogEntries * limits.MessageLogPayloadBytes > FrameHeader.MaximumBodyLength / 8)
            yield return "the message log is larger than a frame";
    }

    private static IEnumerable<string> Faults(WorkerTopic[] topics)
    {
        foreach (WorkerTopic topic in topics)
        {
            if (topic is null || topic.Filter.Length == 0)
                yield return "a topic filter is empty";
            else if (topic.Qos is < 0 or > MaximumQos)
                yield return $"QoS {topic.Qos} of '{topic.Filter}' is out of range";
            else if (topic.RetainHandling is < 0 or > (int)RetainHandling.DoNotSend)
                yield return $"retainHandling {topic.RetainHandling} of '{topic.Filter}' is out of range";
        }
    }

    private static IEnumerable<string> Faults(WorkerHeldTopic[] held) => held.Any(topic => topic is null)
        ? ["a held topic is null"]
        : Faults([.. held.Select(topic => topic.Topic)]);

    private static IEnumerable<string> Faults(string[] ownTopics) => ownTopics.Any(string.IsNullOrEmpty) ? ["a topic of our own is empty"] : [];

    private static long WillBytes(WorkerWill will, string? signingSecret)
    {
        byte[] payload = Encoding.UTF8.GetBytes(will.Payload);
        return signingSecret is null ? payload.Length : EnvelopeSigner.LengthOf(payload);
    }

    private static bool IsLineEnd(char character) => character is '\r' or '\n';

    // A full batch and one more message: its texts are no longer than the packet, and an empty payload makes a gap for every path remembered.
    private static long LargestBatch(WorkerLimits limits) => IngestHandler.BatchLength + limits.MaximumPacketBytes + (4L * 12 * limits.MaximumLeaves);

    private static void ThrowIfAny(List<string> faults)
    {
        if (faults.Count > 0)
            throw new FrameException($"The settings cannot be used: {string.Join("; ", faults)}.");
    }
}
