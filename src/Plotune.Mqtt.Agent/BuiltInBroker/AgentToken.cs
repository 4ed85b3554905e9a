using System.Security.Cryptography;
using System.Text;

namespace Plotune.Mqtt.Agent.BuiltInBroker;

/// <summary>
/// What the agent's own connection to the broker logs in with, since of the user's password only a hash is kept. The token is random and kept, encrypted,
/// with that connection; here is its hash. 256 random bits need no slow hash.
/// </summary>
internal sealed class AgentToken
{
    public const string UserName = "plotune-agent";

    private readonly byte[] _hash;

    private AgentToken(byte[] hash) => _hash = hash;

    public static string NewText() => RandomNumberGenerator.GetHexString(64, lowercase: true);

    public static AgentToken Of(string text) => new(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    /// <returns>Null if it is not what <see cref="ToStored"/> wrote.</returns>
    public static AgentToken? FromStored(string text) =>
        text.Length == 2 * SHA256.HashSizeInBytes && text.All(char.IsAsciiHexDigit) ? new AgentToken(Convert.FromHexString(text)) : null;

    public bool Matches(ReadOnlySpan<byte> text) => CryptographicOperations.FixedTimeEquals(SHA256.HashData(text), _hash);

    public string ToStored() => Convert.ToHexString(_hash);
}
