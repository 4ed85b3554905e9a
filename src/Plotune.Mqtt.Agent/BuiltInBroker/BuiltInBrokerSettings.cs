using System.Net;
using Plotune.Mqtt.Client;

namespace Plotune.Mqtt.Agent.BuiltInBroker;

/// <summary>The agent's own switch for the broker; immutable, replaced whole.</summary>
internal sealed record BuiltInBrokerSettings
{
    /// <summary>Whether it runs. (default: off)</summary>
    public bool Enabled { get; init; }

    /// <inheritdoc cref="BrokerOptions.Port"/>
    public int Port { get; init; } = BrokerAddress.DefaultPort;

    /// <summary>Port for WebSocket clients; zero listens for none. (default: 0)</summary>
    public int WebSocketPort { get; init; }

    /// <inheritdoc cref="BrokerOptions.Bind"/>
    public IPAddress Bind { get; init; } = IPAddress.Loopback;

    /// <inheritdoc cref="BrokerOptions.UserName"/>
    public string UserName { get; init; } = "";

    /// <inheritdoc cref="BrokerOptions.Password"/>
    public PasswordHash? Password { get; init; }

    /// <inheritdoc cref="BrokerOptions.AgentToken"/>
    public AgentToken? AgentToken { get; init; }

    /// <summary>
    /// Whether the agent has made its own connection, or switched it on, since the broker was switched on: from then on what the user does to it stays,
    /// over restarts too. (default: false)
    /// </summary>
    public bool ConnectionMade { get; init; }

    public BrokerOptions ToOptions() => new()
    {
        Port = Port,
        WebSocketPort = WebSocketPort == 0 ? null : WebSocketPort,
        Bind = Bind,
        UserName = UserName,
        Password = Password,
        AgentToken = AgentToken,
    };
}
