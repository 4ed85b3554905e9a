using Plotune.Mqtt.Agent.Bridge;
using Plotune.Mqtt.Agent.Hosting;
using Plotune.Mqtt.Agent.PlotuneCore;
using Plotune.Mqtt.Agent.Signals;
using Plotune.Mqtt.Agent.Supervision;

namespace Plotune.Mqtt.Agent.Api;

/// <summary>The agent's state as <c>/api/status</c> and the monitor show it. Thread-safe.</summary>
internal sealed class AgentStatus(
    AgentSettings settings, IConnectionManager connections, SignalStore signals, ViewerSlots viewers, CoreLink core, RuntimeQueue queue, BridgeService bridges, TimeProvider timeProvider)
{
    private const int MaximumNotices = 100;

    private readonly DateTimeOffset _started = timeProvider.GetUtcNow();

    public AgentStatusAnswer Read()
    {
        var all = connections.List();
        var bridged = bridges.List();
        return new AgentStatusAnswer(
            settings.Manifest.Name,
            settings.Manifest.Version,
            UnixTime.SecondsOf(_started),
            (timeProvider.GetUtcNow() - _started).TotalSeconds,
            CoreStatusOf(),
            CountsOf(all, bridged),
            LimitsOf(all),
            NoticesOf(all, bridged));
    }

    private CoreStatus CoreStatusOf()
    {
        var state = core.State;
        return new CoreStatus(
            settings.Standalone,
            settings.Manifest.CoreAddress.ToString(),
            state.Registered,
            state.LastHeartbeat is { } time ? UnixTime.SecondsOf(time) : null,
            state.HeartbeatFailures,
            state.Reason,
            settings.Standalone ? 0 : queue.AnnouncementsPending);
    }

    private AgentCounts CountsOf(IReadOnlyList<ConnectionSnapshot> all, IReadOnlyList<BridgeSnapshot> bridged) => new(
        all.Count,
        all.Count(connection => connection.State.Activity == ConnectionActivity.Connected),
        signals.Count,
        viewers.Taken,
        bridged.Count,
        bridged.Count(bridge => bridge.State.Activity == BridgeActivity.Connected),
        all.Sum(connection => connection.State.Received),
        all.Sum(connection => connection.State.Samples),
        all.Sum(connection => connection.State.DecodeFailures),
        signals.ViewerSamplesDropped,
        queue.EventsDropped,
        queue.CallsRefused);

    private List<LimitReached> LimitsOf(IReadOnlyList<ConnectionSnapshot> all)
    {
        var reached = new List<LimitReached>();
        foreach (var connection in all)
        {
            if (connection.State.SignalsRefused > 0) reached.Add(new LimitReached("signals", connection.Config.Name, connection.State.SignalsRefused));
            var outbound = connection.State.Outbound;
            if (outbound.Refused + outbound.Dropped > 0) reached.Add(new LimitReached("outbound", connection.Config.Name, outbound.Refused + outbound.Dropped));
            if (outbound.DeadLettersDropped > 0) reached.Add(new LimitReached("deadLetters", connection.Config.Name, outbound.DeadLettersDropped));
        }

        if (viewers.Refused > 0) reached.Add(new LimitReached("viewers", "", viewers.Refused));
        return reached;
    }

    /// <summary>Warnings hold as long as the settings do, and troubles of bridges as long as they last, so they come before what happened once.</summary>
    private NoticeEntry[] NoticesOf(IReadOnlyList<ConnectionSnapshot> all, IReadOnlyList<BridgeSnapshot> bridged) =>
    [
        .. all.SelectMany(NoticeJson.WarningsOf)
            .Concat(bridged.Where(bridge => bridge.State.Reason.Length > 0).Select(NoticeJson.Of))
            .Concat(all.SelectMany(connection => connection.State.Notices.Select(notice => NoticeJson.Of(connection.Config.Name, notice)))
                .Concat(bridges.Notices.Select(notice => NoticeJson.Of("", notice)))
                .OrderByDescending(notice => notice.Time))
            .Take(MaximumNotices),
    ];
}
