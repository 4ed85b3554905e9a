using System.Text;
using Plotune.Mqtt.Worker.Ingest;

namespace Plotune.Mqtt.Worker.Tests.Ingest;

public sealed class TopicPartTests
{
    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(64)]
    public void Every_topic_belongs_to_one_part_and_the_parts_are_about_even(int parts)
    {
        var all = Enumerable.Range(0, parts).Select(part => TopicPart.Create(part, parts)!).ToList();
        var counts = new int[parts];

        for (var i = 0; i < 64_000; i++)
        {
            var topic = Encoding.UTF8.GetBytes($"plant/line{i / 100}/sensor{i % 100}");
            counts[all.IndexOf(Assert.Single(all, part => part.Contains(topic)))]++;
        }

        Assert.All(counts, count => Assert.InRange(count, 0.8 * 64_000 / parts, 1.2 * 64_000 / parts));
    }

    [Fact]
    public void One_part_is_no_part() => Assert.Null(TopicPart.Create(0, 1));

    // Values noted when the hash was chosen: another hash would tear a connection's workers apart while one of them is restarted from a newer file.
    [Theory]
    [InlineData("a", 3489009359u)]
    [InlineData("plant/line1/motor", 2292280161u)]
    [InlineData("a/topic/of/more/than/sixteen/bytes", 1483725468u)]
    public void Hash_never_changes(string topic, uint hash) => Assert.Equal(hash, TopicHash.Stable.Compute(Encoding.UTF8.GetBytes(topic)));
}
