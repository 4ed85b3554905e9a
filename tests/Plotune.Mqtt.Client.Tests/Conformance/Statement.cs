namespace Plotune.Mqtt.Client.Tests.Conformance;

/// <summary>A normative statement of the specification.</summary>
/// <param name="Version">"3.1.1" or "5.0".</param>
/// <param name="Number">As in appendix B, such as MQTT-3.3.2-1.</param>
/// <param name="Binds">client, server or both.</param>
/// <param name="Asks">What it asks, in a few words; empty if it binds servers alone.</param>
/// <param name="Reason">Why there is no test; empty if there is one.</param>
internal sealed record Statement(string Version, string Number, string Binds, string Asks, string Reason)
{
    public bool BindsClients => Binds != "server";

    public static IReadOnlyList<Statement> ReadAll(string path) =>
        [.. File.ReadLines(path).Skip(1).Select(line => line.Split('\t')).Select(cells => new Statement(cells[0], cells[1], cells[2], cells[3], cells[4]))];
}
