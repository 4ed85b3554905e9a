using Plotune.Mqtt.Agent.Configuration;

namespace Plotune.Mqtt.Agent.Supervision;

/// <summary>What one worker is to do: its share of a connection's settings.</summary>
internal sealed record WorkerTask(BrokerConnectionConfig Config, WorkerShare Share)
{
    /// <summary>Names the session that the broker keeps for this worker: another value is another session. A clean one is never gone on with.</summary>
    public string Session => string.Join(
        '\n',
        (IEnumerable<string>)[Transports.NameOf(Config.Transport), new Client.BrokerAddress(Config.Host, Config.Port).ToString(), ProtocolText.NameOf(Config.Protocol), Share.ClientId, .. Config.CleanSession ? ["clean"] : Array.Empty<string>()]);
}
