using System.Globalization;
using Plotune.Mqtt.Benchmarks.Load;

namespace Plotune.Mqtt.Benchmarks.WholePath;

/// <summary>What <see cref="LoadSource"/> sends.</summary>
/// <param name="Count">Messages that count, after a warm-up.</param>
internal sealed record LoadSettings(long Count, PayloadKind Payload, int Qos)
{
    /// <summary>Messages before those that count: a fifth as many.</summary>
    public long WarmUp => Count / 5;

    /// <summary>All messages, the one at the end too.</summary>
    public long Messages => WarmUp + Count + 1;

    /// <summary>What a topic's key needs behind it to be the key of one of its signals.</summary>
    public string SignalSuffix => Payload == PayloadKind.Nested ? "_motor_speed" : "";

    public static LoadSettings Parse(string count, string payload, string qos) =>
        new(long.Parse(count, CultureInfo.InvariantCulture), Enum.Parse<PayloadKind>(payload), int.Parse(qos, CultureInfo.InvariantCulture));

    public string[] ToArguments() => [Count.ToString(CultureInfo.InvariantCulture), $"{Payload}", Qos.ToString(CultureInfo.InvariantCulture)];
}
