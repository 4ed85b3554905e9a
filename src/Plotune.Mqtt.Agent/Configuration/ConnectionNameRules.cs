namespace Plotune.Mqtt.Agent.Configuration;

/// <summary>What a connection may be called.</summary>
internal static class ConnectionNameRules
{
    private const int MaximumLength = 128;

    /// <summary>What is wrong with <paramref name="name"/>, as a sentence; null if nothing.</summary>
    public static string? Error(string name)
    {
        if (string.IsNullOrWhiteSpace(name) || name.Length > MaximumLength) return "a name has 1 to 128 characters, not all blank";
        if (name == FormReader.NewConnection) return "the form calls a connection so that is yet to be made; choose another name";
        if (name != name.Trim()) return "a name must not start or end with a blank";
        return name.Any(c => char.IsControl(c) || char.IsSurrogate(c)) ? "a name must not hold control characters or symbols beyond the basic plane" : null;
    }
}
