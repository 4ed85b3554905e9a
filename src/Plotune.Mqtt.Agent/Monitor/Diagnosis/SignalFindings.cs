using Plotune.Mqtt.Agent.Configuration;
using Plotune.Mqtt.Agent.Signals;
using Plotune.Mqtt.Client;

namespace Plotune.Mqtt.Agent.Monitor.Diagnosis;

/// <summary>What the catalog says of a connection's signals.</summary>
internal sealed record SignalFindings
{
    /// <summary>Signals with a value since the agent started.</summary>
    public int WithValues { get; init; }

    /// <summary>Of these, those with a value that did not come from a retained message.</summary>
    public int Live { get; init; }

    /// <summary>Topic filters that no signal with a value comes from.</summary>
    public IReadOnlyList<string> SilentFilters { get; init; } = [];

    /// <summary>Viewers of at least one of them.</summary>
    public int Viewers { get; init; }

    /// <summary>Curves of the monitor page that show one of them.</summary>
    public int Curves { get; init; }

    /// <summary>Looks at every signal of the catalog once.</summary>
    public static SignalFindings Of(SignalStore store, BrokerConnectionConfig config)
    {
        int withValues = 0, live = 0;
        string? topic = null;
        var silent = config.Topics.Select(filter => filter.Filter).ToList();
        var sets = new HashSet<WatcherSet>();
        var curves = new HashSet<SignalTap>();
        foreach (var signal in store.InOrder(out _))
        {
            if (signal.Connection != config.Name)
                continue;

            var (viewers, taps) = signal.Watched;
            if (viewers is not null)
                sets.Add(viewers);
            if (taps is not null)
                curves.UnionWith(taps);
            if (signal.SampleCount == 0)
                continue;

            withValues++;
            if (!signal.IsRetainedOnly)
                live++;
            // Signals of one topic mostly come one after the other.
            if (signal.Topic == topic)
                continue;

            topic = signal.Topic;
            silent.RemoveAll(filter => MqttTopic.Matches(filter, topic));
        }

        return new SignalFindings { WithValues = withValues, Live = live, SilentFilters = silent, Viewers = sets.SelectMany(static set => set.Viewers.ToArray()).Distinct().Count(), Curves = curves.Count };
    }
}
