namespace Plotune.Mqtt.Agent.Outbound;

/// <summary>A message that can never be published, on its way to the dead letters.</summary>
/// <param name="KeepPayload">Off for one that is too large to be worth keeping: it can be looked at but not sent again. (default: on)</param>
internal sealed record RefusedMessage(OutboundMessage Message, Refusal Refusal, bool KeepPayload = true);
