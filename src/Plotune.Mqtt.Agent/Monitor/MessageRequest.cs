namespace Plotune.Mqtt.Agent.Monitor;

/// <summary>Which messages the page shows; an empty text stands for all.</summary>
/// <param name="Match">A topic filter with <c>+</c> and <c>#</c>, or a topic with <c>*</c> for any characters.</param>
/// <param name="Source">As <see cref="Api.MessageEntry.Source"/>.</param>
/// <param name="Limit">Most messages at a time.</param>
internal sealed record MessageRequest(string Connection, string Match, string Source, int Limit);
