using System.Collections;

namespace Plotune.Mqtt.Agent.Configuration;

/// <summary>Collects every fault of one submission, so that a user mends them all at once. Not thread-safe.</summary>
internal sealed class FaultList : IReadOnlyCollection<ValidationFault>
{
    private readonly List<ValidationFault> _faults = [];

    public int Count => _faults.Count;

    public void Add(string field, string message) => _faults.Add(new ValidationFault(field, message));

    public bool Has(string field) => _faults.Exists(fault => fault.Field == field);

    public IEnumerator<ValidationFault> GetEnumerator() => _faults.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
