namespace Plotune.Mqtt.Agent.Bridge;

/// <summary>Where bridges are remembered over restarts.</summary>
internal interface IBridgeStore
{
    /// <summary>All bridges, ordered by name; those that cannot be read are left out and logged.</summary>
    Task<IReadOnlyList<StoredVariable>> LoadAsync(CancellationToken cancellationToken);

    /// <summary>Remembers a bridge, new or changed; survives a power loss once complete.</summary>
    Task SaveAsync(BridgeConfig config, CancellationToken cancellationToken);

    /// <summary>Forgets a bridge and what was taken from it.</summary>
    Task DeleteAsync(string name, CancellationToken cancellationToken);

    /// <summary>Remembers, of bridges that are stored, which samples were taken.</summary>
    /// <param name="taken">See <see cref="TakenSamples.ToStored"/>.</param>
    Task SaveTakenAsync(IReadOnlyDictionary<string, byte[]> taken, CancellationToken cancellationToken);
}

/// <param name="Taken">See <see cref="TakenSamples.Load"/>.</param>
internal sealed record StoredVariable(BridgeConfig Config, byte[] Taken);
