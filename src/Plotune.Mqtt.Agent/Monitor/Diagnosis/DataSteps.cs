using System.Globalization;
using Plotune.Mqtt.Agent.BuiltInBroker;
using Plotune.Mqtt.Agent.Configuration;
using Plotune.Mqtt.Agent.Supervision;
using Plotune.Mqtt.Client;

namespace Plotune.Mqtt.Agent.Monitor.Diagnosis;

/// <summary>From the first message to whoever watches.</summary>
internal static class DataSteps
{
    private const string SystemTopics = "$SYS/";

    public static IEnumerable<DiagnosisStep> Of(DiagnosisFacts facts)
    {
        var fault = Fault.Of(facts);
        foreach (var (kind, step) in ((StepKind, Func<DiagnosisFacts, DiagnosisStep>)[])[(StepKind.Message, Message), (StepKind.Decoded, Decoded), (StepKind.Signals, Signals), (StepKind.Viewers, Viewers)])
            yield return fault?.At(kind) ?? step(facts);
    }

    private static DiagnosisStep Message(DiagnosisFacts facts)
    {
        const StepKind Kind = StepKind.Message;
        var state = facts.State;
        if (facts.Config.Topics.Count == 0)
            return new DiagnosisStep(Kind, StepState.Skipped, "Nothing is asked for.");
        if (state.Activity != ConnectionActivity.Connected)
            return new DiagnosisStep(Kind, StepState.Waiting, "The connection is being made.");
        if (!SubscriptionSteps.AnyGranted(facts))
            return new DiagnosisStep(Kind, StepState.Skipped, "The broker has granted no topic filter.");
        if (state.Received == 0)
            return new DiagnosisStep(Kind, StepState.Waiting, $"No message has come yet on {DiagnosisText.Filters(Filters(facts.Config))}.", SilenceAdvice(facts.Config));

        var messages = state.Received == 1 ? "1 message has come" : string.Create(CultureInfo.InvariantCulture, $"{state.Received:N0} messages have come");
        if (state.LastMessage is not { } last)
            return new DiagnosisStep(Kind, StepState.Ok, $"{messages}.");
        return last < state.Since
            ? new DiagnosisStep(
                Kind,
                StepState.Waiting,
                $"No message has come since it was connected {DiagnosisText.Ago(facts.Now - state.Since)}; the newest came {DiagnosisText.Ago(facts.Now - last)}.",
                SilenceAdvice(facts.Config))
            : new DiagnosisStep(Kind, StepState.Ok, $"{messages}, the newest {DiagnosisText.Ago(facts.Now - last)}.");
    }

    private static DiagnosisStep Decoded(DiagnosisFacts facts)
    {
        const StepKind Kind = StepKind.Decoded;
        var state = facts.State;
        var failed = state.DecodeFailures == 0 ? "" : $"{DiagnosisText.Count(state.DecodeFailures, "message")} could not be decoded: {DiagnosisText.Failures(state.DecodeFailuresByReason)}.";
        if (state.Samples > 0)
            return new DiagnosisStep(Kind, StepState.Ok, failed.Length == 0 ? $"{DiagnosisText.Count(state.Samples, "value")} decoded." : $"{DiagnosisText.Count(state.Samples, "value")} decoded, but {failed}");
        if (state.DecodeFailures > 0)
            return new DiagnosisStep(Kind, StepState.Failed, $"No message made a value, and {failed}", DiagnosisText.FailureAdvice(state.DecodeFailuresByReason));
        if (state.Received == 0)
            return Later(facts, Kind, "There is nothing to decode yet.");
        if (state.SignalsRefused > 0)
            return new DiagnosisStep(Kind, StepState.Ok, "The messages are understood.");
        return state.OwnMessages >= state.Received
            ? new DiagnosisStep(
                Kind,
                StepState.Failed,
                "All that has come is what this agent has published itself, which is left out.",
                "Take other topics, or switch takeOwnMessages on to see your own messages as signals.")
            : new DiagnosisStep(Kind, StepState.Waiting, "The messages hold no value: they are empty, or null.", "Look at the messages.");
    }

    private static DiagnosisStep Signals(DiagnosisFacts facts)
    {
        const StepKind Kind = StepKind.Signals;
        var (state, signals) = (facts.State, facts.Signals);
        if (state.SignalsRefused > 0)
        {
            return new DiagnosisStep(
                Kind,
                StepState.Failed,
                $"There are {DiagnosisText.Count(state.Signals, "signal")}, as many as allowed, and {DiagnosisText.Count(state.SignalsRefused, "value")} found no room.",
                "Subscribe to fewer topics, or raise signals_per_connection in plugin.json.");
        }

        if (signals.WithValues == 0)
        {
            return Later(
                facts,
                Kind,
                state.Signals == 0 ? "There are no signals yet." : $"{DiagnosisText.Count(state.Signals, "signal")} of earlier days {(state.Signals == 1 ? "is" : "are")} known, but nothing has come since the agent was started.");
        }

        var text = $"{DiagnosisText.Count(state.Signals, "signal")}, {signals.WithValues.ToString("N0", CultureInfo.InvariantCulture)} with values since the agent was started";
        if (signals.Live == 0)
            text += ", all from retained messages, which may be old";
        if (signals.SilentFilters.Count > 0)
            text += $"; none on {DiagnosisText.Filters(signals.SilentFilters)}";
        return new DiagnosisStep(Kind, StepState.Ok, $"{text}.");
    }

    private static DiagnosisStep Viewers(DiagnosisFacts facts)
    {
        const StepKind Kind = StepKind.Viewers;
        var (viewers, curves) = (facts.Signals.Viewers, facts.Signals.Curves);
        if (facts.ViewersAreFull)
            return new DiagnosisStep(Kind, StepState.Failed, "As many viewers as allowed are connected, and further ones are refused.", "Close some, or raise viewers in plugin.json.");
        if (viewers + curves == 0)
            return Later(facts, Kind, "Nobody watches these signals.", "Open one in Plotune, or choose one on this page.");

        string?[] who = [viewers > 0 ? DiagnosisText.Count(viewers, "viewer") : null, curves > 0 ? $"{DiagnosisText.Count(curves, "curve")} of the monitor" : null];
        return new DiagnosisStep(Kind, StepState.Ok, $"{string.Join(" and ", who.OfType<string>())} {(viewers + curves == 1 ? "shows" : "show")} these signals.");
    }

    /// <summary>A step to which nothing has come so far, or never will.</summary>
    private static DiagnosisStep Later(DiagnosisFacts facts, StepKind kind, string text, string advice = "") => facts.Config.Topics.Count == 0
        ? new DiagnosisStep(kind, StepState.Skipped, "Nothing is asked for.")
        : new DiagnosisStep(kind, StepState.Waiting, text, advice);

    /// <summary>Why nothing may come although all is in order: the likeliest by what is asked for.</summary>
    private static string SilenceAdvice(BrokerConnectionConfig config)
    {
        var filters = Filters(config);
        if (config.Name == BuiltInBrokerService.ConnectionName)
            return "Let a device publish to the built-in broker.";
        if (filters.TrueForAll(static filter => filter.StartsWith(SystemTopics, StringComparison.Ordinal)))
            return "Wait some seconds: brokers publish $SYS topics now and then, and some do not at all.";
        if (config.Topics.All(static topic => topic.RetainHandling == RetainHandling.DoNotSend))
            return "Wait for the next message: retained ones are not asked for (retainHandling 2).";
        if (filters.Contains("#"))
            return "Check that a device publishes to this broker, and that its access rules let this user read: many brokers grant a filter and then send nothing.";
        if (filters.Find(static filter => filter.StartsWith('/')) is { } slashed)
            return $"Check the slash at the start of {slashed}: with it, it is another topic.";
        return filters.Exists(MqttTopic.HasWildcard)
            ? "Check that a device publishes to such a topic, upper and lower case included; # would take everything."
            : $"Check that a device publishes to exactly {(filters.Count == 1 ? "this topic" : "these topics")}, upper and lower case included; {filters[0]}/# would take what is below, # everything.";
    }

    private static List<string> Filters(BrokerConnectionConfig config) => [.. config.Topics.Select(topic => topic.Filter)];
}
