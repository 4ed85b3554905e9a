namespace Plotune.Mqtt.Agent.Configuration;

/// <summary>
/// A password, key or other secret. It prints as <c>***</c>, so that a log line or a debugger's dump of a config cannot show it; only <see cref="Reveal"/> does.
/// One that is lost is still there, and no other: nothing goes on without it as if there had never been any.
/// </summary>
internal sealed class Secret : IEquatable<Secret>
{
    /// <summary>What stands for a stored secret in an answer; sent back it means "keep it".</summary>
    public const string Mask = "***";

    /// <summary>No secret.</summary>
    public static readonly Secret None = new("");

    private readonly string _value;

    private Secret(string value) => _value = value;

    public bool IsEmpty => _value.Length == 0;

    /// <summary>What it is called, if it is stored but cannot be decrypted any more; null while it can be revealed.</summary>
    public string? LostName { get; private init; }

    /// <summary><see cref="None"/> for null and for an empty text.</summary>
    public static Secret From(string? value) => string.IsNullOrEmpty(value) ? None : new Secret(value);

    /// <summary>A secret of which there is only the encrypted text left, without a key that fits.</summary>
    /// <param name="name">For people, such as <c>password</c>.</param>
    /// <param name="encrypted">Kept, should the key turn up again.</param>
    public static Secret Lost(string name, string encrypted) => new(encrypted) { LostName = name };

    /// <summary>The secret itself. Every caller is a place where it may leak.</summary>
    /// <exception cref="InvalidOperationException">It is lost.</exception>
    public string Reveal() => LostName is null ? _value : throw new InvalidOperationException($"The {LostName} is lost.");

    /// <summary>The encrypted text of a secret that is lost.</summary>
    public string RevealEncrypted() => LostName is not null ? _value : throw new InvalidOperationException("The secret is not lost.");

    public bool Equals(Secret? other) => other is not null && string.Equals(_value, other._value, StringComparison.Ordinal) && LostName == other.LostName;

    public override bool Equals(object? obj) => Equals(obj as Secret);

    public override int GetHashCode() => string.GetHashCode(_value, StringComparison.Ordinal);

    /// <summary><c>***</c> where there is a secret, empty where there is none.</summary>
    public override string ToString() => IsEmpty ? "" : Mask;
}
