using Plotune.Mqtt.Agent.Api;

namespace Plotune.Mqtt.Agent.Monitor.Diagnosis;

/// <summary>Why a connection shows no data.</summary>
/// <param name="Now">Seconds since 1970.</param>
/// <param name="Failed">Index of the first step that failed; null if none did.</param>
internal sealed record DiagnosisAnswer(string Name, double Now, IReadOnlyList<DiagnosisStepEntry> Steps, int? Failed)
{
    public static DiagnosisAnswer Of(DiagnosisFacts facts)
    {
        var steps = ConnectionDiagnosis.Of(facts);
        return new DiagnosisAnswer(
            facts.Config.Name,
            UnixTime.SecondsOf(facts.Now),
            [.. steps.Select(step => new DiagnosisStepEntry(step.Name, step.Subject, step.StateName, step.Text, step.Advice))],
            ConnectionDiagnosis.FirstFailed(steps));
    }
}

/// <param name="Step">name, tcp, tls, connack, suback, message, decoded, signals or viewers.</param>
/// <param name="Subject">The topic filter of a suback; empty otherwise.</param>
/// <param name="State">ok, failed, waiting or skipped.</param>
/// <param name="Text">What is so.</param>
/// <param name="Advice">What to do; may be empty.</param>
internal sealed record DiagnosisStepEntry(string Step, string Subject, string State, string Text, string Advice);
