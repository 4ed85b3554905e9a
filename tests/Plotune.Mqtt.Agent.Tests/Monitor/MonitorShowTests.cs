using System.Text;
using Plotune.Mqtt.Agent.Monitor;

namespace Plotune.Mqtt.Agent.Tests.Monitor;

public sealed class MonitorShowTests
{
    [Fact]
    public void All_that_is_shown_is_read()
    {
        const string text = """
            {"show":{"status":true,"catalog":true,"values":[3,0,3],"curves":[{"id":7,"signal":"a_b","bucket":0.05},{"id":2147483647,"signal":"c","bucket":3600}],
            "messages":{"connection":"plant","match":"a/+/#","source":"redis","limit":17}}}
            """;
        Assert.Null(Read(text, out var show));

        Assert.True(show.Status);
        Assert.True(show.Catalog);
        Assert.Equal([3, 0], show.Values);
        Assert.Equal([new CurveRequest(7, "a_b", 50_000), new CurveRequest(int.MaxValue, "c", 3_600_000_000)], show.Curves);
        Assert.Equal(("plant", "a/+/#", null, "redis", 17), (show.Messages!.Connection, show.Messages.Filter, show.Messages.Match, show.Messages.Source, show.Messages.Limit));
    }

    [Fact]
    public void What_is_missing_is_not_shown()
    {
        Assert.Null(Read("""{"show":{}}""", out var show));

        Assert.Equal((false, false, 0, 0), (show.Status, show.Catalog, show.Values.Count, show.Curves.Count));
        Assert.Null(show.Messages);
    }

    [Fact]
    public void Empty_texts_of_messages_stand_for_all_and_a_star_is_a_wildcard()
    {
        Assert.Null(Read("""{"show":{"messages":{"connection":"","match":"","source":"","limit":1}}}""", out var all));
        Assert.Null(Read("""{"show":{"messages":{"match":"a*"}}}""", out var some));

        Assert.Equal((null, null, null, null), (all.Messages!.Connection, all.Messages.Match, all.Messages.Filter, all.Messages.Source));
        Assert.Equal(("a*", null), (some.Messages!.Match, some.Messages.Filter));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("\u0000")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("""{"show":null}""")]
    [InlineData("""{"show":[]}""")]
    [InlineData("""{"show":{"unknown":1}}""")]
    [InlineData("""{"show":{"status":1}}""")]
    [InlineData("""{"show":{"catalog":"true"}}""")]
    [InlineData("""{"show":{"values":{}}}""")]
    [InlineData("""{"show":{"values":[-1]}}""")]
    [InlineData("""{"show":{"values":[1.5]}}""")]
    [InlineData("""{"show":{"values":[9999999999]}}""")]
    [InlineData("""{"show":{"values":["1"]}}""")]
    [InlineData("""{"show":{"curves":[1]}}""")]
    [InlineData("""{"show":{"curves":[{"id":1,"signal":"a"}]}}""")]
    [InlineData("""{"show":{"curves":[{"id":-1,"signal":"a","bucket":1}]}}""")]
    [InlineData("""{"show":{"curves":[{"id":1,"signal":"","bucket":1}]}}""")]
    [InlineData("""{"show":{"curves":[{"id":1,"signal":null,"bucket":1}]}}""")]
    [InlineData("""{"show":{"curves":[{"id":1,"signal":"\ud800","bucket":1}]}}""")]
    [InlineData("""{"show":{"curves":[{"id":1,"signal":"a","bucket":0}]}}""")]
    [InlineData("""{"show":{"curves":[{"id":1,"signal":"a","bucket":0.0009}]}}""")]
    [InlineData("""{"show":{"curves":[{"id":1,"signal":"a","bucket":1e400}]}}""")]
    [InlineData("""{"show":{"curves":[{"id":1,"signal":"a","bucket":"1"}]}}""")]
    [InlineData("""{"show":{"curves":[{"id":1,"signal":"a","bucket":1},{"id":1,"signal":"b","bucket":1}]}}""")]
    [InlineData("""{"show":{"messages":[]}}""")]
    [InlineData("""{"show":{"messages":{"limit":0}}}""")]
    [InlineData("""{"show":{"messages":{"limit":1001}}}""")]
    [InlineData("""{"show":{"messages":{"match":7}}}""")]
    [InlineData("""{"show":{"messages":{"match":"a/#/b"}}}""")]
    [InlineData("""{"show":{"messages":{"source":"elsewhere"}}}""")]
    [InlineData("""{"show":{"messages":{"other":"a"}}}""")]
    public void A_message_that_does_not_fit_is_refused_in_words_and_shows_nothing(string text)
    {
        var error = Read(text, out var show);

        Assert.NotNull(error);
        Assert.InRange(error.Length, 10, 200);
        Assert.Same(MonitorShow.Nothing, show);
    }

    [Fact]
    public void Bytes_that_are_no_text_and_objects_without_end_are_refused()
    {
        Assert.NotNull(MonitorShow.Read(new byte[] { 0xff, 0xfe, 0x7b }, out _));
        Assert.NotNull(Read("{\"show\":" + new string('[', 100_000), out _));
        Assert.NotNull(Read("{\"show\":{\"" + new string('x', 100_000) + "\":1}}", out _));
    }

    [Fact]
    public void More_than_the_limits_is_refused()
    {
        Assert.Null(Read(Values(500), out _));
        Assert.NotNull(Read(Values(501), out _));
        Assert.Null(Read(Curves(200), out _));
        Assert.NotNull(Read(Curves(201), out _));

        static string Values(int count) => $$$"""{"show":{"values":[{{{string.Join(',', Enumerable.Range(0, count))}}}]}}""";
        static string Curves(int count) => $$$"""{"show":{"curves":[{{{string.Join(',', Enumerable.Range(0, count).Select(id => $$"""{"id":{{id}},"signal":"a","bucket":1}"""))}}}]}}""";
    }

    private static string? Read(string text, out MonitorShow show) => MonitorShow.Read(Encoding.UTF8.GetBytes(text), out show);
}
