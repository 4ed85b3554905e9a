using System.Text;
using Plotune.Mqtt.Worker.Ingest;

namespace Plotune.Mqtt.Worker.Tests.Ingest;

public sealed class OwnTopicsTests
{
    private int _full;

    [Fact]
    public void Topics_are_told_apart_by_every_byte()
    {
        string[] topics = ["a", "a/b", "a/b/", "\u00e9", "a very long topic/of many levels/so that more than sixteen bytes count"];
        var own = new OwnTopics(topics, () => _full++);

        Assert.All(topics, topic => Assert.True(Contains(own, topic)));
        Assert.All(["", "A", "a/c", "a//b", "e", "a very long topic/of many levels/so that more than sixteen bytes counT"], topic => Assert.False(Contains(own, topic)));
    }

    [Fact]
    public void Nothing_is_asked_until_there_is_a_topic()
    {
        var own = new OwnTopics([], () => _full++);
        Assert.False(own.HasAny);
        Assert.False(Contains(own, "a"));

        own.Add("a");

        Assert.True(own.HasAny);
        Assert.True(Contains(own, "a"));
    }

    [Fact]
    public void Topics_past_the_limit_are_told_once()
    {
        var own = new OwnTopics(Enumerable.Range(0, OwnTopics.MaximumTopics).Select(i => $"t/{i}"), () => _full++);
        Assert.Equal(0, _full);

        own.Add("t/0");
        own.Add("further");
        own.Add("and further");

        Assert.Equal(1, _full);
        Assert.False(Contains(own, "further"));
        Assert.True(Contains(own, $"t/{OwnTopics.MaximumTopics - 1}"));
    }

    [Fact]
    public void Names_of_great_length_are_bounded_too()
    {
        var own = new OwnTopics(Enumerable.Range(0, 200).Select(i => $"{i}{new string('x', 60_000)}"), () => _full++);

        Assert.Equal(1, _full);
        Assert.True(own.HasAny);
    }

    [Fact]
    public async Task Topic_is_found_as_soon_as_it_was_added_by_another_thread()
    {
        var own = new OwnTopics([], () => _full++);
        var added = -1;
        var adding = Task.Run(() =>
        {
            for (var i = 0; i < 20_000; i++)
            {
                own.Add($"t/{i}");
                Volatile.Write(ref added, i);
            }
        }, TestContext.Current.CancellationToken);

        while (!adding.IsCompleted)
        {
            var newest = Volatile.Read(ref added);
            if (newest >= 0)
            {
                Assert.True(Contains(own, $"t/{newest}"));
                Assert.True(Contains(own, $"t/{newest / 2}"));
            }
        }

        await adding;
    }

    private static bool Contains(OwnTopics own, string topic) => own.Contains(Encoding.UTF8.GetBytes(topic));
}
