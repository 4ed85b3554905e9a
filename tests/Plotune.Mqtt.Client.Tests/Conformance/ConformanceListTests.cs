namespace Plotune.Mqtt.Client.Tests.Conformance;

/// <summary>Keeps the list of what the specification asks, and of what proves it, complete.</summary>
public sealed class ConformanceListTests
{
    private static readonly string Root = FindRoot();
    private static readonly IReadOnlyList<Statement> Statements = Statement.ReadAll(Path.Combine(Root, "tests", "conformance", "statements.tsv"));
    private static readonly IReadOnlyList<TaggedTest> Tests = TaggedTest.FindAll(Path.Combine(Root, "tests"));

    [Theory]
    [InlineData("3.1.1", 141)]
    [InlineData("5.0", 251)]
    public void Every_statement_of_the_appendix_is_listed_once(string version, int count)
    {
        var numbers = Statements.Where(statement => statement.Version == version).Select(statement => statement.Number).ToList();

        Assert.Equal(count, numbers.Count);
        Assert.Equal(count, numbers.Distinct().Count());
    }

    [Fact]
    public void Every_statement_that_binds_a_client_has_a_test_or_a_reason_and_not_both()
    {
        var wrong = Statements
            .Where(statement => statement.BindsClients && IsTested(statement) == statement.Reason.Length > 0)
            .Select(statement => $"{statement.Version} {statement.Number} ({statement.Asks}): {(IsTested(statement) ? "has both" : "has neither")}");

        Assert.Empty(wrong);
    }

    [Fact]
    public void No_test_carries_a_number_that_does_not_exist_or_binds_no_client()
    {
        var known = Statements.Where(statement => statement.BindsClients).Select(statement => (statement.Version, statement.Number)).ToHashSet();

        Assert.Empty(Tests.SelectMany(test => test.Statements.Where(number => !known.Contains((test.Version, number))).Select(number => $"{test.Name}: {test.Version} {number}")));
    }

    [Fact]
    public void The_document_is_what_list_and_tests_make()
    {
        var path = Path.Combine(Root, "CONFORMANCE.md");
        var document = ConformanceDocument.Write(Statements, Tests);
        if (Environment.GetEnvironmentVariable("PLOTUNE_MQTT_WRITE_CONFORMANCE") is { Length: > 0 })
            File.WriteAllText(path, document);

        Assert.Equal(document, File.ReadAllText(path).ReplaceLineEndings("\n"));
    }

    private static bool IsTested(Statement statement) =>
        Tests.Any(test => test.Version == statement.Version && test.Statements.Contains(statement.Number));

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Plotune.Mqtt.sln")))
                return folder.FullName;
        }

        throw new InvalidOperationException("The tests do not run inside the repository.");
    }
}
