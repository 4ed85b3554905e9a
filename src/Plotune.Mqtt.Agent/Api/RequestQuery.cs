using System.Globalization;

namespace Plotune.Mqtt.Agent.Api;

/// <summary>Reads query parameters; one that does not fit is refused with 422.</summary>
internal static class RequestQuery
{
    public static string? Text(HttpContext context, string name) => context.Request.Query[name] is [{ Length: > 0 } text] ? text : null;

    /// <summary>One of <paramref name="words"/>, in any case; null if it is absent.</summary>
    public static string? OneOf(HttpContext context, string name, IReadOnlyList<string> words)
    {
        if (Text(context, name) is not { } text) return null;
        return words.FirstOrDefault(word => word.Equals(text, StringComparison.OrdinalIgnoreCase)) ?? throw new RefusedBodyException(name, $"must be one of {string.Join(", ", words)}");
    }

    /// <summary>A whole number that is not negative; 0 if it is absent.</summary>
    public static long Identifier(HttpContext context, string name)
    {
        if (Text(context, name) is not { } text) return 0;
        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : throw new RefusedBodyException(name, "must be a whole number");
    }

    public static int Number(HttpContext context, string name, int absent, int minimum, int maximum)
    {
        if (Text(context, name) is not { } text) return absent;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= minimum && number <= maximum
            ? number
            : throw new RefusedBodyException(name, $"must be a whole number from {minimum} to {maximum}");
    }
}
