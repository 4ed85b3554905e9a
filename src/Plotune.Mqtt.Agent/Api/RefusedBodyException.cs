using Plotune.Mqtt.Agent.Configuration;

namespace Plotune.Mqtt.Agent.Api;

/// <summary>A body that does not fit; answered as 422 with every fault.</summary>
internal sealed class RefusedBodyException(IReadOnlyCollection<ValidationFault> faults) : Exception("The body does not fit")
{
    public RefusedBodyException(string field, string message)
        : this([new ValidationFault(field, message)])
    {
    }

    public IReadOnlyCollection<ValidationFault> Faults { get; } = faults;
}
