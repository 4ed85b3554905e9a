using System.Security.Cryptography;
using System.Text;

namespace Plotune.Mqtt.Agent.BuiltInBroker;

/// <summary>
/// Checks user names and passwords. A wrong user name takes as long as a wrong password, and neither is told apart. One check at a time: a crowd of
/// wrong passwords must not take every core. Credentials that were right once are known by a keyed hash, so that many clients can come back at once.
/// </summary>
internal sealed class BrokerLogin(string userName, PasswordHash? password) : IDisposable
{
    private readonly byte[] _key = RandomNumberGenerator.GetBytes(32);
    private readonly SemaphoreSlim _checking = new(1);
    private volatile byte[]? _known;
    private volatile AgentToken? _agentToken;

    /// <summary>Lets the agent itself log in with this token, whatever the user's password is.</summary>
    public void Trust(AgentToken? token) => _agentToken = token;

    public async Task<bool> IsAllowedAsync(string? givenUserName, byte[]? givenPassword, CancellationToken cancellationToken)
    {
        if (password is null) return true;
        if (givenUserName == AgentToken.UserName && _agentToken?.Matches(givenPassword) == true) return true;
        var fingerprint = Fingerprint(givenUserName, givenPassword);
        if (_known is { } known && CryptographicOperations.FixedTimeEquals(known, fingerprint)) return true;
        await _checking.WaitAsync(cancellationToken);
        try
        {
            var rightPassword = await Task.Run(() => password.Matches(givenPassword), cancellationToken);
            var rightUser = userName.Length == 0 || CryptographicOperations.FixedTimeEquals(HashOf(userName), HashOf(givenUserName));
            if (!(rightPassword & rightUser)) return false;
            _known = fingerprint;
            return true;
        }
        finally
        {
            _checking.Release();
        }
    }

    public void Dispose() => _checking.Dispose();

    private byte[] HashOf(string? text) => HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes(text ?? ""));

    private byte[] Fingerprint(string? givenUserName, byte[]? givenPassword)
    {
        var user = userName.Length == 0 ? [] : HashOf(givenUserName);
        return HMACSHA256.HashData(_key, (byte[])[.. user, .. HMACSHA256.HashData(_key, givenPassword ?? [])]);
    }
}
