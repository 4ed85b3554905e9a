using System.Text;
using Plotune.Mqtt.Client;

namespace Plotune.Mqtt.Agent.Demo.Plant;

/// <summary>One message of the simulated plant.</summary>
internal sealed record PlantMessage(string Topic, string Text, QualityOfService QualityOfService = QualityOfService.AtMostOnce, bool Retain = false)
{
    public OutboundPublish ToPublish() => new(Topic, Encoding.UTF8.GetBytes(Text), QualityOfService, Retain);
}
