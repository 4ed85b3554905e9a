namespace Plotune.Mqtt.Agent.Bridge;

/// <summary>A variable is not bridged; the message says why and what to do.</summary>
internal sealed class BridgeRefusedException(BridgeRefusal refusal, string message) : Exception(message)
{
    public BridgeRefusal Refusal { get; } = refusal;
}

/// <summary>Why a variable is not bridged.</summary>
internal enum BridgeRefusal
{
    /// <summary>Its name cannot be the level of a topic.</summary>
    Name,

    /// <summary>Another source is bridged under this name.</summary>
    Taken,

    /// <summary>There is no connection to publish through.</summary>
    NoProducer,

    /// <summary>There are as many bridges as allowed.</summary>
    Limit,
}
