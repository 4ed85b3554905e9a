using Plotune.Mqtt.Agent.Supervision;

namespace Plotune.Mqtt.Agent.Monitor.Diagnosis;

/// <summary>What keeps a connection from being up, and the step it is found at.</summary>
internal sealed record Fault(StepKind Step, string Text, string Advice)
{
    /// <returns>Null while it is connected, or on its way there with nothing known against it.</returns>
    public static Fault? Of(DiagnosisFacts facts)
    {
        var state = facts.State;
        if (facts.BuiltInBrokerDown is { } down)
            return new Fault(StepKind.Name, down, "Switch the built-in broker on, or see to what keeps it from starting.");
        if (state.Activity == ConnectionActivity.Disabled)
            return new Fault(StepKind.Name, "This connection is switched off.", "Switch it on.");
        // While it is being tried again, the reason of the last attempt stands.
        if (state.Activity == ConnectionActivity.Connected || state.ReasonName.Length == 0)
            return null;

        var known = ReasonStep.Of(state.ReasonName);
        var (text, advice) = ReasonText.Split(state.Reason);
        return new Fault(known.Step, text, advice.Length > 0 ? advice : known.Advice);
    }

    /// <summary>How a step stands that comes before, at or behind this one.</summary>
    public DiagnosisStep? At(StepKind step)
    {
        if (step < Step)
            return null;
        return step == Step ? new DiagnosisStep(step, StepState.Failed, Text, Advice) : new DiagnosisStep(step, StepState.Skipped, "Not reached.");
    }
}
