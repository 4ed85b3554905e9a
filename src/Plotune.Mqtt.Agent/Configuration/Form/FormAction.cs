namespace Plotune.Mqtt.Agent.Configuration;

/// <summary>What a submitted form asks for.</summary>
internal abstract record FormAction
{
    /// <summary>Store this connection, new or changed.</summary>
    public sealed record Save(BrokerConnectionConfig Config) : FormAction;

    /// <summary>Remove the stored connection of this name.</summary>
    public sealed record Remove(string Name) : FormAction;
}
