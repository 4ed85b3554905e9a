using System.Text;
using Plotune.Mqtt.Payloads;
using Plotune.Mqtt.Worker.Ingest;

namespace Plotune.Mqtt.Worker.Tests.Ingest;

public sealed class TopicTableTests
{
    [Fact]
    public void A_topic_is_made_once_and_found_by_its_bytes()
    {
        var table = CreateTable(10);
        var entry = table.Get("fabrik/größe"u8)!;

        Assert.Same(entry, table.Get(Encoding.UTF8.GetBytes("fabrik/größe")));
        Assert.Equal("fabrik/größe", entry.Name);
        Assert.Equal(1, table.Count);
    }

    [Fact]
    public void Names_of_every_length_that_differ_in_one_byte_are_told_apart()
    {
        var table = CreateTable(100_000);
        var names = new HashSet<string>();
        for (var length = 1; length <= 70; length++)
        {
            for (var at = 0; at < length; at++)
                names.Add(new string('a', at) + "b" + new string('a', length - at - 1));
            names.Add(new string('a', length));
        }

        foreach (var name in names)
            Assert.Equal(name, table.Get(Encoding.UTF8.GetBytes(name))!.Name);

        Assert.Equal(names.Count, table.Count);
        foreach (var name in names)
            Assert.Equal(name, table.Get(Encoding.UTF8.GetBytes(name))!.Name);
        Assert.Equal(names.Count, table.Count);
    }

    [Fact]
    public void A_topic_is_found_in_whatever_order_topics_come()
    {
        const int topics = 3000;
        var table = CreateTable(topics);
        var names = Enumerable.Range(0, topics).Select(number => $"plant/line/{number}").ToArray();
        var entries = names.Select(name => table.Get(Encoding.UTF8.GetBytes(name))).ToArray();
        var random = new Random(20_261_126);
        for (var round = 0; round < 20; round++)
        {
            // The same order again, which is guessed, then another one, for which guesses fail, then topics that come several times in a row.
            foreach (var at in Enumerable.Range(0, topics))
                Expect(at);
            foreach (var at in Enumerable.Range(0, topics).OrderBy(_ => random.Next()))
                Expect(at);
            foreach (var at in Enumerable.Repeat(random.Next(topics), 3))
                Expect(at);
            Assert.Null(table.Get("one/too/many"u8));
        }

        void Expect(int at) => Assert.Same(entries[at], table.Get(Encoding.UTF8.GetBytes(names[at])));
    }

    [Fact]
    public void A_topic_past_the_limit_has_no_entry_and_known_ones_keep_theirs()
    {
        var table = CreateTable(2);
        var first = table.Get("a"u8);
        table.Get("b"u8);

        Assert.Null(table.Get("c"u8));
        Assert.Null(table.Get("c"u8));
        Assert.Same(first, table.Get("a"u8));
        Assert.Equal(2, table.Count);
    }

    [Fact]
    public void Names_that_are_too_long_together_have_no_entry()
    {
        var table = CreateTable(100_000);
        var name = new byte[65_535];
        Array.Fill(name, (byte)'x');
        var made = 0;
        while (true)
        {
            Encoding.ASCII.GetBytes($"{made:00000}", name);
            if (table.Get(name) is null)
                break;
            made++;
        }

        Assert.Equal(TopicTable.MaximumNameBytes / 65_535, made);
        Assert.NotNull(table.Get("short"u8));
    }

    [Fact]
    public void Hashes_differ_from_table_to_table()
    {
        var names = Enumerable.Range(0, 100).Select(i => Encoding.UTF8.GetBytes($"factory/line/{i}")).ToArray();
        var (first, second) = (new TopicHash(), new TopicHash());

        Assert.InRange(names.Count(name => first.Compute(name) == second.Compute(name)), 0, 3);
    }

    [Theory]
    [InlineData("{0}")]
    [InlineData("plotune/bench/t{0:0000}")]
    [InlineData("a/very/long/topic/name/with/its/number/in/the/middle/{0}/and/much/more/after/it/0000000000000000")]
    public void Hashes_of_similar_names_are_spread_evenly(string format)
    {
        const int Buckets = 1 << 16;
        var hash = new TopicHash();
        var counts = new int[Buckets];

        for (var i = 0; i < Buckets; i++)
            counts[hash.Compute(Encoding.UTF8.GetBytes(string.Format(null, format, i))) & (Buckets - 1)]++;

        // Random: 36.8 % of the buckets stay empty, and more than a dozen in one is one in 10^9.
        Assert.InRange(counts.Count(count => count == 0), Buckets * 0.35, Buckets * 0.39);
        Assert.InRange(counts.Max(), 1, 14);
    }

    private static TopicTable CreateTable(int maximumTopics) => new(new PayloadDecoders(new NoSignals(), new PayloadOptions()), maximumTopics);

    private sealed class NoSignals : ISignalRegistry
    {
        public int Register(string topic, string path, SignalValueKind kind) => -1;

        public void Describe(int signalId, string? unit, string? description)
        {
        }
    }
}
