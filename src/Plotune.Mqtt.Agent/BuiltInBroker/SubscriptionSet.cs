using MQTTnet.Packets;
using MQTTnet.Protocol;

namespace Plotune.Mqtt.Agent.BuiltInBroker;

/// <summary>
/// The topic filters of one session; it lives and ends with it. Some are supplements: <c>a/+/#</c> matches <c>a/b</c>, too [MQTT-4.7.1-2], but not for MQTTnet,
/// so <c>a/+</c> goes with it unless the client asks for that itself. Its client's packets are taken one after the other; thread-safe all the same.
/// </summary>
internal sealed class SubscriptionSet(int maximumFilters, int maximumCharacters)
{
    private const string Rest = "/#";

    private readonly Lock _lock = new();
    private readonly Dictionary<string, (MqttTopicFilter Filter, bool IsSupplement)> _held = new(StringComparer.Ordinal);
    private string? _expected;
    private int _characters;

    /// <summary>Notes a filter that is about to be subscribed to.</summary>
    /// <returns>False if it would be one too many.</returns>
    public bool TryAdd(MqttTopicFilter filter)
    {
        lock (_lock)
        {
            var isSupplement = _expected == filter.Topic;
            _expected = null;
            if (!_held.ContainsKey(filter.Topic))
            {
                if (_held.Count >= maximumFilters || _characters + filter.Topic.Length > maximumCharacters) return false;
                _characters += filter.Topic.Length;
            }

            _held[filter.Topic] = (filter, isSupplement);
            return true;
        }
    }

    /// <summary>Notes that a filter was given up.</summary>
    /// <returns>The supplement that has lost its reason with it, and is to be given up as well; null if none.</returns>
    public string? Remove(string filter)
    {
        lock (_lock)
        {
            if (_held.Remove(filter)) _characters -= filter.Length;
            return ParentOf(filter) is { } parent && _held.TryGetValue(parent, out var held) && held.IsSupplement ? parent : null;
        }
    }

    /// <summary>What has to be subscribed to because of a filter that was subscribed to, or given up; null if nothing. The next <see cref="TryAdd"/> is expected to be for it.</summary>
    /// <param name="isNew">False where it is only to close a gap: retained messages have been sent.</param>
    public MqttTopicFilter? Supplement(string filter, bool isNew)
    {
        lock (_lock)
        {
            var (parent, whole) = isNew ? (ParentOf(filter), filter) : (filter, filter + Rest);
            if (parent is null || ParentOf(whole) != parent || !_held.TryGetValue(whole, out var reason)) return null;
            if (_held.TryGetValue(parent, out var held) && !held.IsSupplement) return null;
            _expected = parent;
            return new MqttTopicFilter
            {
                Topic = parent,
                QualityOfServiceLevel = reason.Filter.QualityOfServiceLevel,
                NoLocal = reason.Filter.NoLocal,
                RetainAsPublished = reason.Filter.RetainAsPublished,
                RetainHandling = isNew ? reason.Filter.RetainHandling : MqttRetainHandling.DoNotSendOnSubscribe,
            };
        }
    }

    private static string? ParentOf(string filter) =>
        filter == "+" + Rest || filter.EndsWith("/+" + Rest, StringComparison.Ordinal) ? filter[..^Rest.Length] : null;
}
