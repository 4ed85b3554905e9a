namespace Plotune.Mqtt.Agent.Supervision;

/// <summary>There are as many connections as allowed.</summary>
internal sealed class ConnectionLimitException(int limit)
    : Exception($"There are {limit} connections, which is the limit; remove one first.")
{
    public int Limit { get; } = limit;
}
