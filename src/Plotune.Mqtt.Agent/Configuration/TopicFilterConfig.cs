using Plotune.Mqtt.Client;

namespace Plotune.Mqtt.Agent.Configuration;

/// <summary>One topic filter of a connection, without the prefix of a shared subscription.</summary>
internal sealed record TopicFilterConfig(string Filter, QualityOfService QualityOfService = QualityOfService.AtMostOnce);
