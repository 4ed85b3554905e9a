using System.Text.Json;

namespace Plotune.Mqtt.TestSupport;

/// <summary>What Plotune Core expects in the body of each call: required keys and their types.</summary>
internal static class CoreContract
{
    public const string UnknownRoute = "there is no such route";

    private static readonly Dictionary<string, string[]> Required = new()
    {
        ["/register"] =
        [
            "name:text", "id:text", "version:text", "description:text", "author:text", "category:text", "mode:text", "cmd:list", "enabled:flag", "ask_form:flag",
            "last_updated:text", "git_path:text", "post_url:text", "webpage:text?", "file_formats:list", "connection:object", "configuration:object",
        ],
        ["/heartbeat"] = ["id:text", "timestamp:number"],
        ["/add/variable"] = ["name:text", "desc:text", "extension_id:text"],
        ["/api/toast"] = ["title:text", "message:text", "duration:number"],
    };

    private static readonly string[] Connection = ["ip:text", "port:number", "target:text", "target_port:number"];

    public static List<string> FaultsIn(string route, JsonElement body)
    {
        if (!Required.TryGetValue(route, out var keys)) return [UnknownRoute];
        if (body.ValueKind != JsonValueKind.Object) return ["the body must be an object"];
        var faults = FaultsIn(body, keys);
        if (route == "/register" && faults.Count == 0)
        {
            var connection = body.GetProperty("connection");
            faults.AddRange(FaultsIn(connection, Connection));
            if (faults.Count == 0 && connection.GetProperty("port").GetInt32() is < 1 or > 65_535) faults.Add("connection.port must be the real port");
            if (body.GetProperty("mode").GetString() is not ("online" or "offline" or "hybrid")) faults.Add("mode is unknown");
        }

        if (route == "/heartbeat" && faults.Count == 0 && body.GetProperty("timestamp").GetDouble() is < 1e9 or > 1e10) faults.Add("timestamp must be in seconds");
        return faults;
    }

    private static List<string> FaultsIn(JsonElement body, string[] keys)
    {
        var faults = new List<string>();
        foreach (var key in keys)
        {
            var (name, type) = (key.Split(':')[0], key.Split(':')[1]);
            if (!body.TryGetProperty(name, out var value)) faults.Add($"{name} is missing");
            else if (!Fits(value.ValueKind, type)) faults.Add($"{name} must be a {type}");
        }

        return faults;
    }

    private static bool Fits(JsonValueKind kind, string type) => type switch
    {
        "text" => kind == JsonValueKind.String,
        "text?" => kind is JsonValueKind.String or JsonValueKind.Null,
        "number" => kind == JsonValueKind.Number,
        "flag" => kind is JsonValueKind.True or JsonValueKind.False,
        "list" => kind == JsonValueKind.Array,
        _ => kind == JsonValueKind.Object,
    };
}
