using System.Collections;

namespace Plotune.Mqtt.Agent.Configuration;

/// <summary>Collects every fault of one submission, so that a user mends them all at once. Not thread-safe.</summary>
internal sealed class FaultList : IReadOnlyCollection<ValidationFault>
{
    private readonly List<ValidationFault> _faults = [];

    public int Count => _faults.Count;

    /// <summary>A value that is looked at twice is still one fault.</summary>
    public void Add(string field, string message)
    {
        var fault = new ValidationFault(field, message);
        if (!_faults.Contains(fault)) _faults.Add(fault);
    }

    public bool Has(string field) => _faults.Exists(fault => fault.Field == field);

    public IEnumerator<ValidationFault> GetEnumerator() => _faults.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
