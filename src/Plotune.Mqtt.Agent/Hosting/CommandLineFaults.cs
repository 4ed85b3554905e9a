using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Numerics;
using Plotune.Mqtt.Agent.Configuration;

namespace Plotune.Mqtt.Agent.Hosting;

/// <summary>What cannot be read of a command line, in words: the parser's own name .NET types to a person who typed a number wrong.</summary>
internal static class CommandLineFaults
{
    public const string Field = "command line";

    public static void AddTo(FaultList faults, ParseResult result)
    {
        foreach (var error in result.Errors)
        {
            if (error.SymbolResult is OptionResult { Tokens: [{ Value: var text }] } option && Expectation(option.Option, text) is { } expectation)
                faults.Add(option.Option.Name, $"'{text}' {expectation}");
            else
                faults.Add(Field, error.Message);
        }
    }

    /// <summary>An option's value; its default if what was typed cannot be read, which is a fault already.</summary>
    public static T? Value<T>(this ParseResult result, Option<T> option) =>
        result.GetResult(option) is not { } typed || !typed.Errors.Any() ? result.GetValue(option) : option.HasDefaultValue && option.GetDefaultValue() is T value ? value : default;

    /// <returns>Null if the text is none the type refuses.</returns>
    private static string? Expectation(Option option, string text)
    {
        var type = Nullable.GetUnderlyingType(option.ValueType) ?? option.ValueType;
        if (type == typeof(int)) return Expectation<int>(text);
        if (type == typeof(uint)) return Expectation<uint>(text);
        return type == typeof(ushort) ? Expectation<ushort>(text) : null;
    }

    private static string? Expectation<T>(string text)
        where T : IBinaryInteger<T>, IMinMaxValue<T> =>
        T.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _) ? null
        : T.IsZero(T.MinValue) ? $"is no whole number from 0 to {T.MaxValue}"
        : "is no whole number, or too large";
}
