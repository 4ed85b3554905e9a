using System.Globalization;
using Plotune.Mqtt.Agent.Configuration;
using Plotune.Mqtt.Agent.Supervision;
using Plotune.Mqtt.Worker.Ipc;

namespace Plotune.Mqtt.Agent.Monitor.Diagnosis;

/// <summary>What the broker says to each topic filter.</summary>
internal static class SubscriptionSteps
{
    private const string RefusedAdvice = "Check the broker's access rules, or change the filter.";

    public static IEnumerable<DiagnosisStep> Of(DiagnosisFacts facts)
    {
        var fault = Fault.Of(facts);
        var config = facts.Config;
        if (config.Topics.Count == 0)
        {
            yield return (fault is { Step: < StepKind.SubAck } ? fault.At(StepKind.SubAck) : null) ?? WithoutTopics(config);
            yield break;
        }

        var answers = facts.State.Subscriptions.ToLookup(static answer => answer.Filter, StringComparer.Ordinal);
        var isTold = false;
        foreach (var topic in config.Topics)
        {
            var answer = Worst(answers, config, topic);
            var step = fault switch
            {
                { Step: <= StepKind.SubAck } => AtFault(fault, answer),
                // There may be an answer already: of the connection before, or of this one and told of before its login.
                null when facts.State.Activity != ConnectionActivity.Connected => new DiagnosisStep(StepKind.SubAck, StepState.Waiting, "The connection is being made."),
                _ => OfAnswer(topic, answer),
            };
            isTold |= step.State == StepState.Failed;
            // What fails must show, also if every filter was answered before.
            if (fault is { Step: StepKind.SubAck } && !isTold && topic == config.Topics[^1])
                step = fault.At(StepKind.SubAck)!;
            yield return step with { Subject = topic.Filter };
        }
    }

    /// <summary>Whether messages can come: some filter is granted, or held by the session.</summary>
    public static bool AnyGranted(DiagnosisFacts facts) =>
        facts.State.Subscriptions.Any(static answer => answer.State is WorkerSubscriptionState.Granted or WorkerSubscriptionState.Held);

    private static DiagnosisStep WithoutTopics(BrokerConnectionConfig config) => config.Producer
        ? new DiagnosisStep(StepKind.SubAck, StepState.Skipped, "This connection only publishes: it has no topic filter.")
        : new DiagnosisStep(StepKind.SubAck, StepState.Failed, "This connection has no topic filter, so the broker sends nothing.", "Add a topic filter, such as # for everything.");

    /// <summary>Where the answers themselves are what failed, those that have come are good.</summary>
    private static DiagnosisStep AtFault(Fault fault, WorkerSubscription? answer) => (fault.Step, answer?.State) switch
    {
        (StepKind.SubAck, WorkerSubscriptionState.Granted or WorkerSubscriptionState.Held) => new DiagnosisStep(StepKind.SubAck, StepState.Ok, "It was granted before."),
        _ => fault.At(StepKind.SubAck)!,
    };

    private static DiagnosisStep OfAnswer(TopicFilterConfig topic, WorkerSubscription? answer) => answer switch
    {
        { State: WorkerSubscriptionState.Refused } => Refused(answer),
        { State: WorkerSubscriptionState.Held } => new DiagnosisStep(StepKind.SubAck, StepState.Ok, "The broker's session holds it from an earlier connection."),
        { State: WorkerSubscriptionState.Granted, Granted: { } granted } => new DiagnosisStep(StepKind.SubAck, StepState.Ok, Granted(granted, (int)topic.QualityOfService)),
        _ => new DiagnosisStep(StepKind.SubAck, StepState.Waiting, "The broker has not answered yet."),
    };

    private static DiagnosisStep Refused(WorkerSubscription answer)
    {
        var (text, advice) = ReasonText.Split(answer.Reason);
        return new DiagnosisStep(StepKind.SubAck, StepState.Failed, text, advice.Length > 0 ? advice : RefusedAdvice);
    }

    private static string Granted(int granted, int asked) => granted < asked
        ? string.Create(CultureInfo.InvariantCulture, $"Granted with QoS {granted} instead of {asked}.")
        : string.Create(CultureInfo.InvariantCulture, $"Granted with QoS {granted}.");

    /// <summary>Of several workers that asked for a filter, the answer that is worst; null if none was told of.</summary>
    private static WorkerSubscription? Worst(ILookup<string, WorkerSubscription> answers, BrokerConnectionConfig config, TopicFilterConfig topic) =>
        answers[config.ShareGroup.Length == 0 ? topic.Filter : topic.SharedBy(config.ShareGroup)]
            .OrderBy(static answer => answer.State switch
            {
                WorkerSubscriptionState.Refused => 0,
                WorkerSubscriptionState.Asked => 1,
                _ => 2,
            })
            .ThenBy(static answer => answer.Granted ?? int.MaxValue)
            .FirstOrDefault();
}
