namespace Plotune.Mqtt.Client.Publishing;

/// <summary>
/// The topics whose messages ended connections. A broker may end the connection for each message it is not willing to take (MQTT 3.1.1, 3.3.5.2), and a source that goes on with such a topic would leave
/// nothing else a chance. Until one of its messages is delivered, a topic's messages are sent alone and tried twice at most, and after <see cref="CertainAfter"/> of them in a row those of the next minute are
/// refused untried. Not thread-safe.
/// </summary>
internal sealed class TopicVerdicts(TimeProvider timeProvider)
{
    internal const int CertainAfter = 3;

    /// <summary>Topics remembered, the latest.</summary>
    private const int MaximumTopics = 256;

    internal static readonly TimeSpan Term = TimeSpan.FromMinutes(1);

    private readonly Dictionary<string, (int Messages, long Time)> _topics = new(StringComparer.Ordinal);

    public bool HasAny => _topics.Count > 0;

    public bool IsSuspect(string topic) => _topics.ContainsKey(topic);

    public bool IsRefused(string topic) =>
        _topics.TryGetValue(topic, out var verdict) && verdict.Messages >= CertainAfter && timeProvider.GetElapsedTime(verdict.Time) < Term;

    /// <summary>A message of this topic ended the connection.</summary>
    public void Condemn(string topic)
    {
        if (_topics.Count == MaximumTopics && !_topics.ContainsKey(topic))
            _topics.Remove(_topics.MinBy(static verdict => verdict.Value.Time).Key);
        _topics[topic] = (_topics.GetValueOrDefault(topic).Messages + 1, timeProvider.GetTimestamp());
    }

    /// <summary>A message of this topic was delivered.</summary>
    public void Acquit(string topic) => _topics.Remove(topic);
}
