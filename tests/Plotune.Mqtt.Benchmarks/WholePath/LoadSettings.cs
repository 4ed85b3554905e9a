using System.Globalization;
using Plotune.Mqtt.Benchmarks.Load;

namespace Plotune.Mqtt.Benchmarks.WholePath;

/// <summary>What <see cref="LoadSource"/> sends.</summary>
/// <param name="Count">Messages that count, after a warm-up.</param>
/// <param name="Topics">Topics they go round.</param>
/// <param name="Rate">Messages a second; zero for as fast as the socket takes them.</param>
/// <param name="IsShuffled">Whether each round over the topics has an order of its own, instead of always the same.</param>
/// <param name="IsTls">Whether it goes over TLS 1.3.</param>
internal sealed record LoadSettings(long Count, PayloadKind Payload, int Qos, int Topics = 100, int Rate = 0, bool IsShuffled = false, bool IsTls = false)
{
    /// <summary>Messages before those that count: a fifth as many, and all topics once.</summary>
    public long WarmUp => Math.Max(Count / 5, Topics);

    /// <summary>All messages, the one at the end too.</summary>
    public long Messages => WarmUp + Count + 1;

    /// <summary>What a topic's key needs behind it to be the key of one of its signals.</summary>
    public string SignalSuffix => Payload == PayloadKind.Nested ? "_motor_speed" : "";

    public static LoadSettings Parse(string[] arguments)
    {
        int Number(int index) => int.Parse(arguments[index], CultureInfo.InvariantCulture);
        return new LoadSettings(long.Parse(arguments[0], CultureInfo.InvariantCulture), Enum.Parse<PayloadKind>(arguments[1]), Number(2), Number(3), Number(4), bool.Parse(arguments[5]), bool.Parse(arguments[6]));
    }

    public string[] ToArguments() => [.. new[] { Count.ToString(CultureInfo.InvariantCulture), $"{Payload}" }, .. new[] { Qos, Topics, Rate }.Select(number => number.ToString(CultureInfo.InvariantCulture)), $"{IsShuffled}", $"{IsTls}"];
}
