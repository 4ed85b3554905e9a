namespace Plotune.Mqtt.Agent.Supervision;

/// <summary>There are as many connections as allowed.</summary>
internal sealed class ConnectionLimitException(int limit)
    : Exception($"The limit of connections is reached, which is {limit}; remove one first.")
{
    public int Limit { get; } = limit;
}
