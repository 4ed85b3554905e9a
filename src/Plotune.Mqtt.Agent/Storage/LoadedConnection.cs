using Plotune.Mqtt.Agent.Configuration;

namespace Plotune.Mqtt.Agent.Storage;

/// <summary>A connection as it was stored.</summary>
/// <param name="LostSecrets">Names of members whose secret was stored but cannot be decrypted any more.</param>
internal sealed record LoadedConnection(BrokerConnectionConfig Config, IReadOnlyList<string> LostSecrets);
