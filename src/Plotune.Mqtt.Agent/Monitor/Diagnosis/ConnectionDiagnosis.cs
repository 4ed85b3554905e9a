namespace Plotune.Mqtt.Agent.Monitor.Diagnosis;

/// <summary>Why a connection shows no data: the steps from its broker to the screen, in order. Pure.</summary>
internal static class ConnectionDiagnosis
{
    /// <summary>Every step, whatever has happened: those behind the one that failed are skipped.</summary>
    public static IReadOnlyList<DiagnosisStep> Of(DiagnosisFacts facts) => [.. ConnectingSteps.Of(facts), .. SubscriptionSteps.Of(facts), .. DataSteps.Of(facts)];

    /// <summary>Which step is the first that failed; null if none did.</summary>
    public static int? FirstFailed(IReadOnlyList<DiagnosisStep> steps)
    {
        for (var i = 0; i < steps.Count; i++)
        {
            if (steps[i].State == StepState.Failed)
                return i;
        }

        return null;
    }
}
