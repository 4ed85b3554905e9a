using System.Text;
using Plotune.Mqtt.Client;
using Plotune.Mqtt.Worker.Ingest;
using Plotune.Mqtt.Worker.Ipc;

namespace Plotune.Mqtt.Worker.Tests.Ingest;

public sealed class MessageLogTests
{
    [Fact]
    public void It_keeps_the_newest_messages_newest_first_whatever_the_batches()
    {
        var random = new Random(5);
        var log = new MessageLog(7, 100);
        var all = new List<string>();
        for (var batch = 0; batch < 200; batch++)
        {
            for (var left = random.Next(0, 20); left > 0; left--)
            {
                all.Add($"message {all.Count}");
                log.Note(Publishes.Create("t", all[^1]), IngestOutcome.Decoded);
            }

            log.Commit(batch);

            Assert.Equal(all.AsEnumerable().Reverse().Take(7), log.Read().Select(message => message.Text));
        }
    }

    [Fact]
    public void Bytes_are_copied_at_commit()
    {
        var log = new MessageLog(2, 100);
        var payload = "before"u8.ToArray();
        log.Note(Publishes.Create("t", payload), IngestOutcome.Decoded);
        log.Commit(1);

        "after!"u8.CopyTo(payload);

        Assert.Equal("before", Assert.Single(log.Read()).Text);
    }

    [Fact]
    public void A_message_is_shown_with_all_that_is_known_of_it()
    {
        var log = new MessageLog(2, 4);
        log.Note(Publishes.Create("a/ü", "12345", qos: 2, retained: true), IngestOutcome.TooDeep);
        log.Commit(1_500_000);

        var message = Assert.Single(log.Read());
        Assert.Equal(
            (1.5, "a/ü", 2, true, "1234", null, 5, true, IngestOutcomes.Sentence(IngestOutcome.TooDeep)),
            (message.Time, message.Topic, message.Qos, message.Retained, message.Text, message.Hex, message.PayloadBytes, message.Cut, message.Failure));
    }

    [Fact]
    public void Messages_to_the_broker_stand_among_those_from_it()
    {
        var log = new MessageLog(3, 4);
        log.Note(Publishes.Create("in", "1"), IngestOutcome.Decoded);
        log.Commit(1_000_000);
        log.Record(new OutboundPublish("out/\u00fc", "12345"u8.ToArray(), QualityOfService.AtLeastOnce, Retain: true), PublishSource.Api, 2_000_000, "Refused.");
        log.Note(Publishes.Create("in", "2"), IngestOutcome.Decoded);
        log.Commit(3_000_000);

        var messages = log.Read();

        Assert.Equal([("in", "2"), ("out", "1234"), ("in", "1")], messages.Select(message => (message.Direction, message.Text)));
        Assert.Equal(
            (2.0, "out/\u00fc", 1, true, 5, true, "Refused."),
            (messages[1].Time, messages[1].Topic, messages[1].Qos, messages[1].Retained, messages[1].PayloadBytes, messages[1].Cut, messages[1].Failure));
        Assert.Equal([PublishSource.Unknown, PublishSource.Api, PublishSource.Unknown], messages.Select(message => message.Source));
    }

    [Fact]
    public void A_message_keeps_its_number_while_it_is_kept_and_later_ones_have_greater_ones()
    {
        var log = new MessageLog(3, 100);
        for (var i = 0; i < 5; i++)
            log.Note(Publishes.Create("t", $"{i}"), IngestOutcome.Decoded);
        log.Commit(1);
        // More than the log holds are noted, and only the newest are logged.
        Assert.Equal([("4", 2L), ("3", 1), ("2", 0)], log.Read().Select(message => (message.Text!, message.Sequence)));

        log.Record(new OutboundPublish("t", "5"u8.ToArray(), QualityOfService.AtMostOnce), PublishSource.Bridge, 1, null);
        log.Note(Publishes.Create("t", "6"), IngestOutcome.Decoded);
        log.Commit(1);

        Assert.Equal([("6", 4L), ("5", 3), ("4", 2)], log.Read().Select(message => (message.Text!, message.Sequence)));
        Assert.Equal(["6", "5"], log.Read(3).Select(message => message.Text));
        Assert.Empty(log.Read(5));
        Assert.Empty(log.Read(long.MaxValue));
        Assert.Equal(3, log.Read(long.MinValue + 5).Length);
    }

    [Theory]
    [InlineData("abc", 3, "abc")]
    [InlineData("ab€", 3, "ab")]
    [InlineData("ab€", 4, "ab")]
    [InlineData("ab€", 5, "ab€")]
    [InlineData("a😀b", 4, "a")]
    [InlineData("a😀b", 5, "a😀")]
    [InlineData("€", 1, "")]
    [InlineData("abc", 0, "")]
    public void A_cut_text_ends_with_a_whole_character(string payload, int limit, string shown)
    {
        var log = new MessageLog(1, limit);
        log.Note(Publishes.Create("t", payload), IngestOutcome.Decoded);
        log.Commit(1);

        var message = Assert.Single(log.Read());
        Assert.Equal((shown, null), (message.Text, message.Hex));
        Assert.Equal(limit < Encoding.UTF8.GetByteCount(payload), message.Cut);
    }

    [Theory]
    [InlineData(new byte[] { 0xFF, 0x00, 0x41 }, "ff0041")]
    [InlineData(new byte[] { 0x41, 0xE2, 0x82 }, "41e282")]
    public void A_payload_that_is_no_text_is_shown_in_hexadecimal(byte[] payload, string shown)
    {
        var log = new MessageLog(1, 100);
        log.Note(Publishes.Create("t", payload), IngestOutcome.Decoded);
        log.Commit(1);

        var message = Assert.Single(log.Read());
        Assert.Equal((null, shown), (message.Text, message.Hex));
    }

    [Fact]
    public void A_log_of_no_entries_is_off()
    {
        var log = new MessageLog(0, 100);
        log.Note(Publishes.Create("t", "1"), IngestOutcome.Decoded);
        log.Commit(1);

        Assert.Empty(log.Read());
    }
}
