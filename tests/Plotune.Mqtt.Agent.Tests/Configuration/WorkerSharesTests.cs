using Plotune.Mqtt.Agent.Configuration;

namespace Plotune.Mqtt.Agent.Tests.Configuration;

public sealed class WorkerSharesTests
{
    [Fact]
    public void Without_a_group_every_worker_subscribes_to_all_and_decodes_its_part()
    {
        var shares = WorkerShares.Of(Config(3, "", "a", "b"));

        Assert.Equal([(0, "id", 0, 3), (1, "id-2", 1, 3), (2, "id-3", 2, 3)], shares.Select(share => (share.Index, share.ClientId, share.Part, share.Parts)));
        Assert.All(shares, share => Assert.Equal(["a", "b"], share.Topics.Select(topic => topic.Filter)));
    }

    [Theory]
    [InlineData(2, "a b c", "a,c b")]
    [InlineData(4, "a", "a")]
    [InlineData(4, "a/+ b c/# a/b c", "a/+,a/b b c/#,c")]
    [InlineData(2, "x a b #", "x,a,b,#")]
    [InlineData(1, "a b", "a,b")]
    public void Filters_of_a_group_are_dealt_out_and_those_that_can_match_the_same_topic_stay_together(int workers, string filters, string expected)
    {
        var shares = WorkerShares.Of(Config(workers, "g", filters.Split(' ')));

        Assert.Equal(expected, string.Join(' ', shares.Select(share => string.Join(',', share.Topics.Select(topic => topic.Filter)))));
        Assert.All(shares, share => Assert.Equal((0, 1), (share.Part, share.Parts)));
    }

    [Fact]
    public void A_connection_that_is_switched_off_has_no_work() => Assert.Empty(WorkerShares.Of(Config(3, "", "a") with { Enabled = false }));

    [Theory]
    [InlineData(2, "", 2, "", false)]
    [InlineData(2, "", 3, "", true)]
    [InlineData(1, "", 1, "g", false)]
    [InlineData(2, "", 2, "g", true)]
    [InlineData(2, "g", 3, "g", true)]
    [InlineData(3, "g", 4, "g", false)]
    public void Topics_move_when_another_worker_gets_them(int workers, string group, int workersAfter, string groupAfter, bool moves) =>
        Assert.Equal(moves, WorkerShares.TopicsMove(WorkerShares.Of(Config(workers, group, "a", "b", "c")), WorkerShares.Of(Config(workersAfter, groupAfter, "a", "b", "c"))));

    [Fact]
    public void A_filter_more_for_a_worker_of_its_own_moves_nothing() =>
        Assert.False(WorkerShares.TopicsMove(WorkerShares.Of(Config(4, "g", "a", "b")), WorkerShares.Of(Config(4, "g", "a", "b", "c"))));

    [Theory]
    [InlineData("a", "a", true)]
    [InlineData("a", "b", false)]
    [InlineData("a/b", "a", false)]
    [InlineData("a/#", "a", true)]
    [InlineData("a/#", "a/b/c", true)]
    [InlineData("a/#", "b/a", false)]
    [InlineData("+/b", "a/+", true)]
    [InlineData("+/b", "a/c", false)]
    [InlineData("+", "a/b", false)]
    [InlineData("+/+", "a/#", true)]
    [InlineData("#", "x", true)]
    [InlineData("a/", "a/+", true)]
    public void Filters_overlap_if_a_topic_can_match_both(string one, string other, bool expected)
    {
        Assert.Equal(expected, TopicOverlap.Between(TopicOverlap.LevelsOf(one), TopicOverlap.LevelsOf(other)));
        Assert.Equal(expected, TopicOverlap.Between(TopicOverlap.LevelsOf(other), TopicOverlap.LevelsOf(one)));
    }

    private static BrokerConnectionConfig Config(int workers, string group, params string[] filters) => new()
    {
        Name = "plant",
        Host = "h",
        ClientId = "id",
        Workers = workers,
        ShareGroup = group,
        Topics = [.. filters.Select(filter => new TopicFilterConfig(filter))],
    };
}
