using System.Globalization;
using System.Text.Json;
using Plotune.Mqtt.Agent.Configuration;

namespace Plotune.Mqtt.Agent.Bridge;

/// <summary>What Plotune asks for with <c>POST /bridge/{name}</c> or <c>/unbridge/{name}</c>.</summary>
/// <param name="SamplesPerSecond">Null if not said.</param>
/// <param name="DeadBand">Null if not said.</param>
internal sealed record BridgeRequest(string Name, BridgeSource Source, double? SamplesPerSecond = null, double? DeadBand = null)
{
    /// <summary>Options as asked for, where nothing was said those of <paramref name="options"/>.</summary>
    public BridgeOptions Over(BridgeOptions options) => new(SamplesPerSecond ?? options.SamplesPerSecond, DeadBand ?? options.DeadBand);

    /// <summary>Reads the body <c>{"name","source_ip","source_port"}</c>, with <c>rate_limit</c> and <c>dead_band</c> if they are there; further members are left alone.</summary>
    /// <param name="routed">The name in the route, used if the body has none: a name that was put there without being encoded may be damaged.</param>
    /// <returns>Of use only if there are no faults.</returns>
    public static BridgeRequest? Read(string routed, JsonElement body, FaultList faults)
    {
        var fields = new JsonFields(body, "", faults);
        var name = ReadName(routed, fields);
        var source = ReadSource(fields);
        var rate = fields.Real("rate_limit", 0, BridgeOptions.MaximumSamplesPerSecond);
        var deadBand = fields.Real("dead_band", 0, double.MaxValue);
        return source is null ? null : new BridgeRequest(name, source, rate, deadBand);
    }

    /// <summary>The name alone, and the source if the body has one: what an unbridge needs.</summary>
    public static (string Name, BridgeSource? Source) ReadTarget(string routed, JsonElement body, FaultList faults)
    {
        var fields = new JsonFields(body, "", faults);
        return (ReadName(routed, fields), fields.Has("source_ip") || fields.Has("source_port") ? ReadSource(fields) : null);
    }

    private static string ReadName(string routed, JsonFields fields) => fields.Text("name") is { Length: > 0 } named ? named : routed;

    private static BridgeSource? ReadSource(JsonFields fields)
    {
        var host = fields.Text("source_ip");
        var port = ReadPort(fields);
        if (host is null)
        {
            if (!fields.Faults.Has("source_ip")) fields.Faults.Add("source_ip", "is missing");
            return null;
        }

        var source = BridgeSource.Parse(host, port ?? 0, out var error);
        if (source is null) fields.Faults.Add("source_ip", error);
        return port is null ? null : source;
    }

    private static int? ReadPort(JsonFields fields)
    {
        const string member = "source_port";
        if (fields.Find(member) is not { } value)
        {
            fields.Faults.Add(member, "is missing");
            return null;
        }

        if (value.ValueKind != JsonValueKind.String) return fields.Number(member, 1, 65_535);
        if (int.TryParse(fields.Text(member), NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out var port) && port is > 0 and <= 65_535) return port;
        fields.Faults.Add(member, "must be a whole number from 1 to 65535");
        return null;
    }
}
