namespace Plotune.Mqtt.Agent.Configuration;

/// <summary>A password, key or other secret. It prints as <c>***</c>, so that a log line or a debugger's dump of a config cannot show it; only <see cref="Reveal"/> does.</summary>
internal sealed class Secret : IEquatable<Secret>
{
    /// <summary>What stands for a stored secret in an answer; sent back it means "keep it".</summary>
    public const string Mask = "***";

    /// <summary>No secret.</summary>
    public static readonly Secret None = new("");

    private readonly string _value;

    private Secret(string value) => _value = value;

    public bool IsEmpty => _value.Length == 0;

    /// <summary><see cref="None"/> for null and for an empty text.</summary>
    public static Secret From(string? value) => string.IsNullOrEmpty(value) ? None : new Secret(value);

    /// <summary>The secret itself. Every caller is a place where it may leak.</summary>
    public string Reveal() => _value;

    public bool Equals(Secret? other) => other is not null && string.Equals(_value, other._value, StringComparison.Ordinal);

    public override bool Equals(object? obj) => Equals(obj as Secret);

    public override int GetHashCode() => string.GetHashCode(_value, StringComparison.Ordinal);

    /// <summary><c>***</c> where there is a secret, empty where there is none.</summary>
    public override string ToString() => IsEmpty ? "" : Mask;
}
