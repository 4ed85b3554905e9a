using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Plotune.Mqtt.Agent.BuiltInBroker;

/// <summary>A password as it is stored: PBKDF2 with HMAC-SHA256 and a salt of its own.</summary>
internal sealed class PasswordHash
{
    private const string Scheme = "pbkdf2-sha256";
    private const int Iterations = 300_000;
    private const int MaximumIterations = 10_000_000;
    private const int SaltBytes = 16;
    private const int HashBytes = 32;

    private readonly int _iterations;
    private readonly byte[] _salt;
    private readonly byte[] _hash;

    private PasswordHash(int iterations, byte[] salt, byte[] hash)
    {
        _iterations = iterations;
        _salt = salt;
        _hash = hash;
    }

    /// <summary>The hash of a password that was entered; the one that is stored if it is of the same password, so that nothing has changed.</summary>
    public static PasswordHash Of(string password, PasswordHash? stored) => stored?.Matches(Encoding.UTF8.GetBytes(password)) == true ? stored : Of(password);

    public static PasswordHash Of(string password)
    {
        var salt = RandomNumberGenerator.GetBytes(SaltBytes);
        return new PasswordHash(Iterations, salt, Derive(Encoding.UTF8.GetBytes(password), salt, Iterations));
    }

    /// <summary>Reads what <see cref="ToStored"/> wrote; null if it is something else.</summary>
    public static PasswordHash? FromStored(string text)
    {
        if (text.Split('$') is not [Scheme, var count, var salt, var hash]) return null;
        if (!int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out var iterations) || iterations is 0 or > MaximumIterations) return null;
        try
        {
            var (saltBytes, hashBytes) = (Convert.FromBase64String(salt), Convert.FromBase64String(hash));
            return saltBytes.Length == SaltBytes && hashBytes.Length == HashBytes ? new PasswordHash(iterations, saltBytes, hashBytes) : null;
        }
        catch (FormatException)
        {
            return null;
        }
    }

    /// <summary>Takes some 100 ms of one core, whatever the answer.</summary>
    public bool Matches(ReadOnlySpan<byte> password) => CryptographicOperations.FixedTimeEquals(Derive(password, _salt, _iterations), _hash);

    public string ToStored() => $"{Scheme}${_iterations.ToString(CultureInfo.InvariantCulture)}${Convert.ToBase64String(_salt)}${Convert.ToBase64String(_hash)}";

    private static byte[] Derive(ReadOnlySpan<byte> password, byte[] salt, int iterations) =>
        Rfc2898DeriveBytes.Pbkdf2(password, salt, iterations, HashAlgorithmName.SHA256, HashBytes);
}
