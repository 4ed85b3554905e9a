namespace Plotune.Mqtt.Agent.Api;

/// <summary>Times as every answer has them.</summary>
internal static class UnixTime
{
    /// <summary>Seconds since 1970.</summary>
    public static double SecondsOf(DateTimeOffset time) => (time - DateTimeOffset.UnixEpoch).TotalSeconds;
}
