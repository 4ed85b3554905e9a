using System.Globalization;

namespace Plotune.Mqtt.Benchmarks.WholePath;

/// <summary>What the load is made of.</summary>
internal enum PayloadKind
{
    /// <summary>A value object with a time: one sample in 46 bytes.</summary>
    Small,

    /// <summary>Three levels, 23 leaves, one array, in some 395 bytes.</summary>
    Nested,
}

/// <summary>Makes the payloads; the numbers vary with <c>i</c>, the shape does not.</summary>
internal static class PayloadText
{
    public static string Of(PayloadKind kind, int i) => kind == PayloadKind.Small ? Small(i) : Nested(i);

    public static string Small(int i) =>
        string.Create(CultureInfo.InvariantCulture, $$"""{"value": {{10 + i * 7 % 80}}.{{i * 13 % 100:D2}}, "timestamp": {{1766000000 + i / 1000}}.{{i % 1000:D3}}}""");

    public static string Nested(int i) => string.Create(
        CultureInfo.InvariantCulture,
        $$$"""{"device":{"id":"press-{{{i % 100:D4}}}","fw":"2.4.1","online":true,"uptime":{{{100000 + i}}}},"motor":{"speed":{{{1400 + i % 200}}}.{{{i % 100:D2}}},"torque":{{{10 + i % 30}}}.{{{i % 1000:D3}}},"phases":{"a":{{{10 + i % 9}}}.{{{i % 997:D3}}},"b":{{{10 + i % 7}}}.{{{i % 991:D3}}},"c":{{{10 + i % 8}}}.{{{i % 983:D3}}},"balanced":{{{((i & 1) == 0 ? "true" : "false")}}}},"temp":{"winding":{{{60 + i % 30}}}.{{{i % 10}}},"bearing":{{{40 + i % 30}}}.{{{i % 9}}},"alarm":false}},"hydraulics":{"pressure":{{{180 + i % 60}}}.{{{i % 100:D2}}},"flow":{{{20 + i % 10}}}.{{{i % 97:D2}}},"oil":{"temp":{{{45 + i % 20}}}.{{{i % 8}}},"level":{{{i % 100}}}}},"position":[{{{i % 500}}}.{{{i % 1000:D3}}},-{{{i % 499}}}.{{{i % 1000:D3}}},{{{i % 497}}}.{{{i % 1000:D3}}}],"mode":"auto","cycle":{{{i}}},"timestamp":{{{1766000000 + i / 1000}}}.{{{i % 1000:D3}}}}""");
}
