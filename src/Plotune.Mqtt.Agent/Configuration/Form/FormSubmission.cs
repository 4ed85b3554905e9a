using Plotune.Mqtt.Agent.BuiltInBroker;

namespace Plotune.Mqtt.Agent.Configuration;

/// <summary>What a submitted form asks for.</summary>
/// <param name="Connection">Null if it asks for nothing but the broker.</param>
/// <param name="Broker">Settings of the built-in broker; null if they stay.</param>
/// <param name="Unmade">Name of the connection that the form describes, but that would lead to the built-in broker once more; null if there is none.</param>
internal sealed record FormSubmission(FormAction? Connection, BuiltInBrokerSettings? Broker, string? Unmade = null);
