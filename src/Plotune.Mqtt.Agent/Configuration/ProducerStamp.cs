namespace Plotune.Mqtt.Agent.Configuration;

/// <summary>Makes <see cref="BrokerConnectionConfig.ProducerSince"/>.</summary>
internal static class ProducerStamp
{
    /// <summary>A time newer than any of <paramref name="connections"/> has, even if the clock was set back: now, if it is.</summary>
    public static DateTimeOffset Next(IEnumerable<BrokerConnectionConfig> connections, DateTimeOffset now)
    {
        var stamp = DateTimeOffset.FromUnixTimeMilliseconds(now.ToUnixTimeMilliseconds());
        return connections.Max(connection => connection.ProducerSince) is { } newest && newest >= stamp ? newest.AddMilliseconds(1) : stamp;
    }
}
