using System.Globalization;
using System.Text;

namespace Plotune.Mqtt.Client.Tests.Conformance;

/// <summary>Writes CONFORMANCE.md.</summary>
internal static class ConformanceDocument
{
    private const string Head = """
        # Conformance

        Every normative statement of MQTT 3.1.1 and 5.0 (appendix B of each) that binds a client, with the tests that prove it, or the reason why none does.
        What a statement asks is put in our words; the specification alone is authoritative. Statements that bind only servers are listed at the end.

        This page is made from `tests/conformance/statements.tsv` and the `[Conformance]` attributes of the tests; a test compares it, and writes it if the
        environment variable `PLOTUNE_MQTT_WRITE_CONFORMANCE` is set:

            PLOTUNE_MQTT_WRITE_CONFORMANCE=1 dotnet run --project tests/Plotune.Mqtt.Client.Tests -- -class '*ConformanceListTests'

        """;

    public static string Write(IReadOnlyList<Statement> statements, IReadOnlyList<TaggedTest> tests)
    {
        var text = new StringBuilder(Head);
        foreach (var version in statements.GroupBy(statement => statement.Version))
            WriteVersion(text, version.Key, [.. version], [.. tests.Where(test => test.Version == version.Key)]);
        return text.ToString().ReplaceLineEndings("\n");
    }

    private static void WriteVersion(StringBuilder text, string version, IReadOnlyList<Statement> statements, IReadOnlyList<TaggedTest> tests)
    {
        var binding = statements.Where(statement => statement.BindsClients).ToList();
        var tested = binding.Count(statement => statement.Reason.Length == 0);
        text.Append(CultureInfo.InvariantCulture, $"\n## MQTT {version}\n\n");
        text.Append(CultureInfo.InvariantCulture, $"{statements.Count} statements, {binding.Count} bind clients: {tested} tested, {binding.Count - tested} with a reason.\n\n");
        text.Append("| Statement | Asks | Tests, or why not |\n| --- | --- | --- |\n");
        foreach (var statement in binding)
        {
            var names = tests.Where(test => test.Statements.Contains(statement.Number)).Select(test => $"`{test.Name}`").Distinct();
            var proof = statement.Reason.Length > 0 ? statement.Reason : string.Join("<br>", names);
            text.Append(CultureInfo.InvariantCulture, $"| {statement.Number} | {statement.Asks} | {proof} |\n");
        }

        text.Append(CultureInfo.InvariantCulture, $"\nServers alone: {string.Join(", ", statements.Where(statement => !statement.BindsClients).Select(statement => statement.Number))}.\n");
    }
}
