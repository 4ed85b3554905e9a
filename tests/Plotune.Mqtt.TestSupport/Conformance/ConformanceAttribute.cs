namespace Plotune.Mqtt.TestSupport;

/// <summary>
/// Names the normative statements of the MQTT specification that a test proves. The list in CONFORMANCE.md is made of them.
/// <code>[Conformance("5.0", "MQTT-3.3.2-1", "MQTT-3.3.2-2")]</code>
/// </summary>
/// <param name="version">"3.1.1" or "5.0": the same number means different things in the two.</param>
/// <param name="statements">Numbers as in appendix B of the specification.</param>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
public sealed class ConformanceAttribute(string version, params string[] statements) : Attribute
{
    public string Version => version;

    public IReadOnlyList<string> Statements => statements;
}
