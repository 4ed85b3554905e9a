using Plotune.Mqtt.Worker.Ipc;

namespace Plotune.Mqtt.Worker.Hosting;

/// <summary>What the broker has said to each topic filter, over all connections. Thread-safe.</summary>
internal sealed class SubscriptionAnswers
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, WorkerSubscription> _answers = new(StringComparer.Ordinal);
    private WorkerTopic[] _wanted;

    public SubscriptionAnswers(WorkerTopic[] wanted) => _wanted = wanted;

    /// <summary>One entry for each filter that is wanted now.</summary>
    public WorkerSubscription[] Current
    {
        get
        {
            lock (_lock)
                return [.. _wanted.Select(topic => _answers.GetValueOrDefault(topic.Filter) ?? new WorkerSubscription(topic.Filter, WorkerSubscriptionState.Asked))];
        }
    }

    /// <summary>What was said to filters that are no longer wanted is kept until they are ended: they may be wanted again without being asked for again.</summary>
    public void Wants(WorkerTopic[] topics)
    {
        lock (_lock)
            _wanted = topics;
    }

    public void Granted(string filter, int granted) => Set(new WorkerSubscription(filter, WorkerSubscriptionState.Granted, granted));

    public void Refused(string filter, string reason) => Set(new WorkerSubscription(filter, WorkerSubscriptionState.Refused, Reason: reason));

    public void Ended(string filter)
    {
        lock (_lock)
            _answers.Remove(filter);
    }

    /// <summary>The connection stands, so everything that had to be asked for was answered: what was not asked for is held by the session.</summary>
    public void Connected()
    {
        lock (_lock)
        {
            foreach (WorkerTopic topic in _wanted)
                _answers.TryAdd(topic.Filter, new WorkerSubscription(topic.Filter, WorkerSubscriptionState.Held));

            foreach (string filter in _answers.Keys.Except(_wanted.Select(topic => topic.Filter), StringComparer.Ordinal).ToArray())
                _answers.Remove(filter);
        }
    }

    private void Set(WorkerSubscription answer)
    {
        lock (_lock)
            _answers[answer.Filter] = answer;
    }
}
