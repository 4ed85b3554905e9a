namespace Plotune.Mqtt.Agent.Configuration;

/// <summary>What one worker of a connection has to do.</summary>
/// <param name="Index">Which worker, from 0; the same one keeps its Client Identifier and thereby its session.</param>
/// <param name="Part">The part of the topics it decodes, of <paramref name="Parts"/>; 0 of 1 is all of them.</param>
/// <param name="Topics">The filters it subscribes to.</param>
internal sealed record WorkerShare(int Index, string ClientId, int Part, int Parts, ValueList<TopicFilterConfig> Topics);
