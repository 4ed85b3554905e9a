using Plotune.Mqtt.Client;

namespace Plotune.Mqtt.Agent.Configuration;

/// <summary>HTTP proxy of a connection.</summary>
internal sealed record ProxyConfig(string Host, int Port)
{
    private const string Scheme = "http://";

    /// <summary>Empty sends none.</summary>
    public string UserName { get; init; } = "";

    public Secret Password { get; init; } = Secret.None;

    /// <summary>Takes <c>http://user:password@host:port</c> apart; scheme, login and port may be left out (8080).</summary>
    /// <param name="stored">Its password is kept where <c>***</c> stands for it.</param>
    /// <param name="error">A sentence without the password; null if all is well.</param>
    public static ProxyConfig? Parse(string text, ProxyConfig? stored, out string? error)
    {
        text = text.Trim();
        if (text.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)) text = text[Scheme.Length..];
        text = text.TrimEnd('/');
        error = "must be written http://user:password@host:port, where user and password may be left out";
        if (text.Contains('/') || TypedAddress.Parse(text, out _) is not { } typed) return null;
        // RFC 7617, 2: the first colon ends the user name.
        error = typed.Uri.UserName?.Contains(':') == true ? "must not hold a colon in its user name" : null;
        if (error is not null) return null;
        return new ProxyConfig(typed.Uri.Address.Host, typed.NamesPort ? typed.Uri.Address.Port : ProxyOptions.DefaultPort)
        {
            UserName = typed.Uri.UserName ?? "",
            Password = typed.Uri.Password == Secret.Mask ? stored?.Password ?? Secret.None : Secret.From(typed.Uri.Password),
        };
    }

    /// <summary>As a person would type it, <c>***</c> for the password.</summary>
    public string ToText()
    {
        var login = UserName.Length == 0 ? "" : Uri.EscapeDataString(UserName) + (Password.IsEmpty ? "" : $":{Secret.Mask}") + "@";
        return $"{Scheme}{login}{new BrokerAddress(Host, Port)}";
    }
}
