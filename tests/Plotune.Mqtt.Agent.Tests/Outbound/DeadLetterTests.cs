using System.Text;
using Microsoft.Extensions.Time.Testing;
using Plotune.Mqtt.Agent.Configuration;
using Plotune.Mqtt.Agent.Outbound;
using Plotune.Mqtt.Agent.Supervision;
using Plotune.Mqtt.Client;

namespace Plotune.Mqtt.Agent.Tests.Outbound;

public sealed class DeadLetterTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_the_broker_refuses_for_good_is_kept_with_its_reason_and_blocks_nothing()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UnixEpoch.AddYears(60));
        await using var home = await OutboundHome.OpenAsync(time: time);
        await using var lane = FakeLane.Attach(home.Queues);
        await home.AcceptAsync("a", OutboundHome.Message("0") with { Retain = true, IsJson = true }, OutboundHome.Message("1"));
        await lane.UntilGivenAsync(2);

        lane.Refuse("NotAuthorized", "The broker does not allow it.", lane.Given[0]);
        lane.Deliver(lane.Given[1]);

        await home.UntilStoredAsync(0);
        var letter = Assert.Single(await ListAsync(home));
        Assert.Equal(("plant", "a", "NotAuthorized", "The broker does not allow it.", time.GetUtcNow()), (letter.Connection, letter.Source, letter.Reason, letter.Sentence, letter.Refused));
        Assert.Equal(("t", "0", true, true, QualityOfService.AtLeastOnce), (letter.Message.Topic, TextOf(letter), letter.Message.Retain, letter.Message.IsJson, letter.Message.QualityOfService));
        Assert.Equal((0, 1, 1, 1), (home.State.Depth, home.State.DeadLettered, home.State.DeadLetters, home.State.Published));
        Assert.Equal((1, 1), (home.Queues.TotalsOf("a").DeadLettered, home.Queues.TotalsOf("a").Published));
        await home.RestartAsync();
        Assert.Equal((1, 0), (home.State.DeadLetters, home.State.DeadLettered));
    }

    [Fact]
    public async Task A_person_is_told_of_dead_letters_once_a_minute()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UnixEpoch.AddYears(60));
        await using var home = await OutboundHome.OpenAsync(time: time);
        await using var lane = FakeLane.Attach(home.Queues);
        await home.AcceptAsync("a", OutboundHome.Messages(0, 4));
        await lane.UntilGivenAsync(4);

        foreach (var request in lane.Given.Take(3))
            lane.Refuse("QuotaExceeded", "Too much.", request);
        Assert.Equal([(ConnectionEventKind.DeadLetter, "A message can never be published and is kept as a dead letter: Too much.")], home.Notices);
        time.Advance(TimeSpan.FromMinutes(1));
        lane.Refuse("QuotaExceeded", "Too much.", lane.Given[3]);

        Assert.Equal(2, home.Notices.Count);
    }

    [Theory]
    [InlineData("a/+/b")]
    [InlineData("")]
    [InlineData("half a pair {0}")]
    public async Task A_topic_that_cannot_be_published_to_makes_a_dead_letter_at_once(string topic)
    {
        topic = topic.Replace("{0}", "\ud800", StringComparison.Ordinal);
        await using var home = await OutboundHome.OpenAsync();
        await using var lane = FakeLane.Attach(home.Queues);

        await home.AcceptAsync("a", OutboundHome.Message("0"), OutboundHome.Message("bad") with { Topic = topic }, OutboundHome.Message("1"));

        await lane.UntilGivenAsync(2);
        Assert.Equal([0, 1], lane.Given.Select(OutboundHome.NumberOf));
        var letter = Assert.Single(await ListAsync(home));
        Assert.Equal(("TopicNameInvalid", "bad", MqttTopic.NameError(topic)), (letter.Reason, TextOf(letter), letter.Sentence));
        Assert.Equal((1, 1, 2), (home.State.DeadLettered, home.Queues.TotalsOf("a").DeadLettered, home.State.Depth));
    }

    [Fact]
    public async Task A_message_too_large_for_any_worker_makes_a_dead_letter_without_its_payload()
    {
        await using var home = await OutboundHome.OpenAsync();

        await home.AcceptAsync("a", OutboundHome.Message("") with { Payload = new byte[33 << 20] });

        var letter = Assert.Single(await ListAsync(home));
        Assert.Equal(("PacketTooLarge", 33 << 20, false, 0), (letter.Reason, letter.PayloadBytes, letter.IsComplete, letter.Message.Payload.Length));
        Assert.Equal(ResendVerdict.Incomplete, await home.DeadLetters.ResendAsync(letter.Id, Token));
        Assert.Equal((0, true), await home.DeadLetters.ResendAllAsync("plant", Token));
        Assert.Equal(1, home.State.DeadLetters);
    }

    [Fact]
    public async Task The_oldest_go_when_there_are_too_many_or_too_much()
    {
        await using var home = await OutboundHome.OpenAsync(new OutboundLimits { MaximumDeadLetters = 5, MaximumDeadLetterBytes = 100 });
        await using var lane = FakeLane.Attach(home.Queues);
        await home.AcceptAsync("a", OutboundHome.Messages(0, 8));
        await lane.UntilGivenAsync(8);
        lane.Refuse("NotAuthorized", "No.", lane.Given);
        await home.UntilStoredAsync(0);
        Assert.Equal(["3", "4", "5", "6", "7"], (await ListAsync(home)).Select(TextOf));
        Assert.Equal((5, 3), (home.State.DeadLetters, home.State.DeadLettersDropped));

        await home.AcceptAsync("a", new OutboundMessage("+", Encoding.UTF8.GetBytes(new string('x', 95)), QualityOfService.AtMostOnce));

        Assert.Equal([95, 1, 1], (await ListAsync(home)).Select(letter => letter.Message.Payload.Length).OrderDescending());
    }

    [Fact]
    public async Task One_can_be_sent_again_and_goes_to_the_end_of_the_queue()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UnixEpoch.AddYears(60));
        await using var home = await OutboundHome.OpenAsync(time: time);
        await using var lane = FakeLane.Attach(home.Queues);
        await home.AcceptAsync("a", OutboundHome.Message("0") with { Expires = time.GetUtcNow().AddMinutes(1) }, OutboundHome.Message("1"));
        await lane.UntilGivenAsync(2);
        lane.Refuse("NotAuthorized", "No.", lane.Given[0]);
        await home.UntilStoredAsync(1);
        var id = (await ListAsync(home)).Single().Id;
        time.Advance(TimeSpan.FromMinutes(2));

        Assert.Equal(ResendVerdict.Resent, await home.DeadLetters.ResendAsync(id, Token));

        await lane.UntilGivenAsync(3);
        Assert.Equal(("0", 0u), (OutboundHome.TextOf(lane.Given[2]), lane.Given[2].ExpirySeconds));
        Assert.Equal((0, 2), (home.State.DeadLetters, home.State.Depth));
        Assert.Equal(ResendVerdict.NotFound, await home.DeadLetters.ResendAsync(id, Token));
        lane.DeliverAll();
        Assert.Equal(2, home.Queues.TotalsOf("a").Published);
        await home.UntilStoredAsync(0);
        await home.AssertCountsAddUpAsync();
    }

    [Fact]
    public async Task All_of_a_connection_can_be_sent_again_as_far_as_there_is_room()
    {
        await using var home = await OutboundHome.OpenAsync(new OutboundLimits { MaximumRecords = 6 });
        await using (var lane = FakeLane.Attach(home.Queues))
        {
            await home.AcceptAsync("a", OutboundHome.Messages(0, 4));
            await home.AcceptAsync("b", OutboundHome.Messages(4, 2));
            await lane.UntilGivenAsync(6);
            lane.Refuse("NotAuthorized", "No.", lane.Given);
            await home.UntilStoredAsync(0);
        }

        await home.AcceptAsync("a", OutboundHome.Message("6"));
        Assert.Equal((5, false), await home.DeadLetters.ResendAllAsync("plant", Token));
        Assert.Equal((6, 1), (home.State.Depth, home.State.DeadLetters));
        Assert.Equal(ResendVerdict.Full, await home.DeadLetters.ResendAsync((await ListAsync(home)).Single().Id, Token));

        await using var next = FakeLane.Attach(home.Queues);
        await next.UntilGivenAsync(6);
        Assert.Equal([6, 0, 1, 2, 3, 4], next.Given.Select(OutboundHome.NumberOf));
        next.DeliverAll();
        Assert.Equal((1, true), await home.DeadLetters.ResendAllAsync("plant", Token));
        await next.UntilGivenAsync(7);
        Assert.Equal(5, OutboundHome.NumberOf(next.Given[6]));
        Assert.Null(await home.DeadLetters.ResendAllAsync("nowhere", Token));
    }

    [Fact]
    public async Task They_can_be_thrown_away_one_by_one_or_all_of_a_connection()
    {
        await using var home = await OutboundHome.OpenAsync();
        var bad = new OutboundMessage("#", default, QualityOfService.AtMostOnce);
        await home.AcceptAsync("a", bad, bad, bad);
        await home.Queues.AcceptAsync(["cloud"], OutboundHome.Source("a"), [bad], Token);
        var letters = await ListAsync(home);
        Assert.Equal(["plant", "plant", "plant", "cloud"], letters.Select(letter => letter.Connection));

        Assert.True(await home.DeadLetters.DeleteAsync(letters[1].Id, Token));
        Assert.False(await home.DeadLetters.DeleteAsync(letters[1].Id, Token));
        Assert.Equal(2, home.State.DeadLetters);
        Assert.Equal(2, await home.DeadLetters.DeleteAllAsync("plant", Token));
        Assert.Equal(0, await home.DeadLetters.DeleteAllAsync("plant", Token));
        Assert.Null(await home.DeadLetters.DeleteAllAsync("nowhere", Token));

        Assert.Equal(["cloud"], (await ListAsync(home)).Select(letter => letter.Connection));
        Assert.Equal((0, 1), (home.State.DeadLetters, home.Queues.StateOf("cloud").DeadLetters));
    }

    [Fact]
    public async Task They_are_listed_page_by_page_with_payloads_cut()
    {
        await using var home = await OutboundHome.OpenAsync();
        await home.AcceptAsync("a", [.. Enumerable.Range(0, 5).Select(number => new OutboundMessage("#", Encoding.UTF8.GetBytes($"{number}23456789"), QualityOfService.AtMostOnce))]);

        var (first, next) = await home.DeadLetters.ListAsync("plant", 0, 3, 4, Token);
        var (second, end) = await home.DeadLetters.ListAsync(null, next!.Value, 3, 4, Token);

        Assert.Equal(["0234", "1234", "2234", "3234", "4234"], first.Concat(second).Select(TextOf));
        Assert.All(first, letter => Assert.Equal((9, true), (letter.PayloadBytes, letter.IsComplete)));
        Assert.Null(end);
        Assert.Empty((await home.DeadLetters.ListAsync("nowhere", 0, 3, 4, Token)).Letters);
    }

    [Fact]
    public async Task A_reason_that_is_far_too_long_is_cut()
    {
        await using var home = await OutboundHome.OpenAsync();
        await using var lane = FakeLane.Attach(home.Queues);
        await home.AcceptAsync("a", OutboundHome.Message("0"));
        await lane.UntilGivenAsync(1);

        lane.Refuse(new string('n', 5000), new string('s', 50_000), lane.Given);

        await home.UntilStoredAsync(0);
        var letter = Assert.Single(await ListAsync(home));
        Assert.Equal((100, 1000), (letter.Reason.Length, letter.Sentence.Length));
    }

    private static async Task<IReadOnlyList<DeadLetter>> ListAsync(OutboundHome home) => (await home.DeadLetters.ListAsync(null, 0, 1000, 1000, Token)).Letters;

    private static string TextOf(DeadLetter letter) => Encoding.UTF8.GetString(letter.Message.Payload.Span);
}
