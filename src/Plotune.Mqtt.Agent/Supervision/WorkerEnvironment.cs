namespace Plotune.Mqtt.Agent.Supervision;

/// <summary>What a worker gets to see of the agent's environment: what the runtime, the resolver and TLS need, and nothing that may hold a secret.</summary>
internal static class WorkerEnvironment
{
    private static readonly HashSet<string> Passed = new(StringComparer.OrdinalIgnoreCase)
    {
        "PATH", "HOME", "USERPROFILE", "LANG", "TZ", "TMPDIR", "TMP", "TEMP", "SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "SSL_CERT_FILE", "SSL_CERT_DIR", "LD_LIBRARY_PATH",
        "RES_OPTIONS", "LOCALDOMAIN", "PLOTUNE_MQTT_LOG",
    };

    private static readonly string[] PassedPrefixes = ["LC_", "DOTNET_", "COMPlus_"];

    public static void Trim(IDictionary<string, string?> environment)
    {
        foreach (var name in environment.Keys.ToArray())
        {
            if (!Passed.Contains(name) && !Array.Exists(PassedPrefixes, prefix => name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase)))
                environment.Remove(name);
        }
    }
}
