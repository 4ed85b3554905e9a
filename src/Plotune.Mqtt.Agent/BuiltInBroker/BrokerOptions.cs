using System.Net;
using Plotune.Mqtt.Client;

namespace Plotune.Mqtt.Agent.BuiltInBroker;

/// <summary>Where and for whom the built-in broker listens; validated by <see cref="BrokerOptionsRules"/>.</summary>
internal sealed record BrokerOptions
{
    /// <summary>TCP port; zero lets the system choose. (default: 1883)</summary>
    public int Port { get; init; } = BrokerAddress.DefaultPort;

    /// <summary>Port for WebSocket clients, path <c>/mqtt</c>; null listens for none. (default: none)</summary>
    public int? WebSocketPort { get; init; }

    /// <summary>Address to listen at; elsewhere than on the loopback interface only with a <see cref="Password"/>. (default: 127.0.0.1)</summary>
    public IPAddress Bind { get; init; } = IPAddress.Loopback;

    /// <summary>User name asked for, where there is a <see cref="Password"/>; empty takes any. (default: empty)</summary>
    public string UserName { get; init; } = "";

    /// <summary>Password asked for; null asks for none. (default: none)</summary>
    public PasswordHash? Password { get; init; }

    /// <summary>What the agent's own connection may log in with beside the user's password; null is nothing. (default: none)</summary>
    public AgentToken? AgentToken { get; init; }

    public BrokerLimits Limits { get; init; } = new();
}
