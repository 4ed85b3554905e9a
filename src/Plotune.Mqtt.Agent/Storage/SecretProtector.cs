using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;
using Secret = Plotune.Mqtt.Agent.Configuration.Secret;

namespace Plotune.Mqtt.Agent.Storage;

/// <summary>
/// Encrypts secrets for the state file, with keys in a folder beside it. What was encrypted for one connection and member cannot be read as another's.
/// </summary>
internal sealed class SecretProtector
{
    private const string ApplicationName = "plotune-mqtt";
    private const string Purpose = "ConnectionSecret";

    private readonly string _keysPath;
    private readonly IDataProtectionProvider _provider;

    /// <param name="keysPath">Folder of the keys; created if it is not there.</param>
    public SecretProtector(string keysPath)
    {
        PrivateFiles.CreateFolder(keysPath);
        PrivateFiles.RestrictFolder(keysPath);
        _keysPath = keysPath;
        _provider = DataProtectionProvider.Create(new DirectoryInfo(keysPath), static builder => builder.SetApplicationName(ApplicationName));
    }

    /// <returns>Text that is safe to store; empty for no secret.</returns>
    /// <exception cref="StorageException">No key could be made or read.</exception>
    public string Protect(Secret secret, string connection, string member)
    {
        if (secret.IsEmpty)
            return "";
        if (secret.LostName is not null)
            return secret.RevealEncrypted();

        try
        {
            var text = Protector(connection, member).Protect(secret.Reveal());
            foreach (var key in Directory.EnumerateFiles(_keysPath))
                PrivateFiles.RestrictFile(key);
            return text;
        }
        catch (Exception exception) when (exception is CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw new StorageException($"A secret cannot be encrypted: {exception.Message}", exception);
        }
    }

    /// <returns>A lost secret if the key it was encrypted with is gone, or the text is damaged.</returns>
    public Secret Unprotect(string text, string connection, string member)
    {
        if (text.Length == 0)
            return Secret.None;

        try
        {
            return Secret.From(Protector(connection, member).Unprotect(text));
        }
        catch (Exception exception) when (exception is CryptographicException or FormatException or IOException or UnauthorizedAccessException)
        {
            return Secret.Lost(member, text);
        }
    }

    private IDataProtector Protector(string connection, string member) => _provider.CreateProtector(Purpose, connection, member);
}
