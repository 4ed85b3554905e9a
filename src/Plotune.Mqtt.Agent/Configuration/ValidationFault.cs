namespace Plotune.Mqtt.Agent.Configuration;

/// <summary>One thing wrong with what somebody sent or wrote: the field's name as they know it, and a sentence.</summary>
internal sealed record ValidationFault(string Field, string Message)
{
    public override string ToString() => $"{Field}: {Message}";
}
