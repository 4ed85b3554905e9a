using System.Net.Sockets;
using StackExchange.Redis;

namespace Plotune.Mqtt.Agent.EventSources.Redis;

/// <summary>What the library or the server says, in words a person can act on.</summary>
internal static class RedisFailure
{
    private const int MaximumQuote = 200;

    /// <summary>Errors after which the same command can be tried in an older form: the server does not know it, or does not allow it.</summary>
    public static bool IsRefusedCommand(RedisServerException exception) =>
        exception.Message.Contains("unknown command", StringComparison.OrdinalIgnoreCase) || exception.Message.Contains("NOPERM", StringComparison.Ordinal);

    /// <summary>What went wrong is Redis, or the way to it; not this program.</summary>
    public static bool IsExpected(Exception exception) =>
        exception is RedisUnavailableException or TransactionRefusedException or RedisException or TimeoutException or SocketException or IOException or ObjectDisposedException;

    public static string Describe(Exception exception, RedisSourceSettings settings)
    {
        for (var inner = exception; inner is not null; inner = inner.InnerException)
        {
            if (inner is RedisUnavailableException) return inner.Message;
            if (OfServer(inner.Message, settings) is { } sentence) return sentence;
        }

        return exception switch
        {
            RedisTimeoutException or TimeoutException => $"Redis at {settings.Address} does not answer in time.",
            RedisServerException or TransactionRefusedException => $"Redis at {settings.Address} refuses a command: {Quote(exception.Message)}",
            RedisConnectionException { FailureType: ConnectionFailureType.InternalFailure } or RedisConnectionException { InnerException: RedisConnectionException { FailureType: ConnectionFailureType.InternalFailure } } =>
                $"What answers at {settings.Address} does not speak as Redis does. Is the port right, and does it expect TLS?",
            _ => settings.UsesTls
                ? $"The connection to Redis at {settings.Address} was lost. If it never stands: does Redis ask for a client certificate?"
                : $"The connection to Redis at {settings.Address} was lost. If it never stands: does its port expect TLS?",
        };
    }

    /// <summary>Text of a stranger, fit for a log line and an answer.</summary>
    public static string Quote(string text)
    {
        var cut = text.Length > MaximumQuote ? text[..MaximumQuote] + "..." : text;
        return new string([.. cut.Select(c => char.IsControl(c) || char.IsSurrogate(c) ? '?' : c)]);
    }

    /// <summary>By the code an error of the server begins with; the library puts words before it.</summary>
    private static string? OfServer(string message, RedisSourceSettings settings)
    {
        if (Has("WRONGPASS") || Has("NOAUTH") || Has("invalid password"))
        {
            if (settings.Password.IsEmpty) return $"Redis at {settings.Address} asks for a password. Enter it, and the user name if it has ACL users.";
            return settings.UserName.Length == 0
                ? $"Redis at {settings.Address} refuses the password. Enter it again, and the user name if it has ACL users."
                : $"Redis at {settings.Address} refuses the user name '{settings.UserName}' or its password. Enter them again.";
        }

        if (Has("NOPERM")) return $"Redis at {settings.Address} does not permit the user what is needed: {Quote(From("NOPERM"))}. Allow it by ACL SETUSER.";
        if (Has("WRONGTYPE")) return $"A key in database {settings.Database} of Redis at {settings.Address} is of another type than its name says: each list of events, with what the agent keeps for it, must be a list. Delete or rename what is there.";
        if (Has("LOADING")) return $"Redis at {settings.Address} has started and is loading its data.";
        if (Has("READONLY")) return $"Redis at {settings.Address} is a read-only replica. Enter the address of the primary.";
        if (Has("MISCONF")) return $"Redis at {settings.Address} takes no changes, since it cannot save its data: most often its disk is full.";
        if (Has("OOM ")) return $"Redis at {settings.Address} is out of memory and takes no changes. Raise its maxmemory, or delete what nobody needs.";
        if (Has("DENIED")) return $"Redis at {settings.Address} runs in protected mode: it takes connections of its own computer only, unless it is given a password or protected-mode no.";
        if (Has("max number of clients")) return $"Redis at {settings.Address} has as many clients as it takes (maxclients).";
        return Has("DB index is out of range") ? $"Redis at {settings.Address} has no database {settings.Database}. Enter a smaller number as db." : null;

        bool Has(string code) => message.Contains(code, StringComparison.Ordinal);
        string From(string code) => message[message.IndexOf(code, StringComparison.Ordinal)..];
    }
}
