using Microsoft.Extensions.Time.Testing;
using MQTTnet.Formatter;
using Plotune.Mqtt.Client.Publishing;
using Plotune.Mqtt.Client.Session;
using PacketType = Plotune.Mqtt.Client.Receive.PacketType;

namespace Plotune.Mqtt.Client.Tests.Publishing;

/// <summary>Rules of the pipeline that need an exact order of events.</summary>
public sealed class PublishPipelineTests
{
    private static readonly ServerLimits Limits = new() { Version = MqttProtocolVersion.V500, Window = 100 };
    private static readonly ConnectionEnd Cut = new(LocalFault.ConnectionReset, "", ReasonClass.Retry);

    private readonly FakeTimeProvider _clock = new();
    private readonly RecordingCompletion _completion = new();
    private readonly OutgoingBatch _batch = new();
    private readonly PublishPipeline _pipeline;
    private int _wakes;

    public PublishPipelineTests() => _pipeline = new PublishPipeline(new PacketIdentifiers(), _clock);

    [Fact]
    public void PUBREC_that_comes_before_anything_was_sent_again_is_answered_by_PUBREL_alone()
    {
        Connect(isSessionPresent: false);
        Publish(QualityOfService.ExactlyOnce, 0);
        Publish(QualityOfService.ExactlyOnce, 1);
        var sent = Take();
        _pipeline.Suspend(Cut);

        _pipeline.Resume(isSessionPresent: true);
        _pipeline.Answer(PacketType.PubRec, sent[1].PacketIdentifier, 0, null);
        _pipeline.Open(Limits, () => _wakes++);

        var again = Take();
        Assert.Equal((null, sent[1].PacketIdentifier), (again[0].Publish, again[0].PacketIdentifier));
        Assert.Equal((sent[0].Publish, sent[0].PacketIdentifier, true), (again[1].Publish, again[1].PacketIdentifier, again[1].IsAgain));
        Assert.Equal(2, again.Length);
    }

    [Theory]
    [InlineData(QualityOfService.AtMostOnce)]
    [InlineData(QualityOfService.AtLeastOnce)]
    [InlineData(QualityOfService.ExactlyOnce)]
    public void A_publish_is_under_way_from_the_moment_it_is_taken_until_nothing_of_it_is_awaited_any_more(QualityOfService qualityOfService)
    {
        Connect(isSessionPresent: false);
        Publish(qualityOfService, 0);
        Assert.False(_pipeline.IsUnderWay);

        var identifier = Take().Single().PacketIdentifier;
        Assert.True(_pipeline.IsUnderWay);
        _pipeline.Written();
        Assert.Equal(qualityOfService != QualityOfService.AtMostOnce, _pipeline.IsUnderWay);

        if (qualityOfService == QualityOfService.ExactlyOnce)
        {
            _pipeline.Answer(PacketType.PubRec, identifier, 0, null);
            Assert.True(_pipeline.IsUnderWay);
            _pipeline.Answer(PacketType.PubComp, identifier, 0, null);
        }
        else if (qualityOfService == QualityOfService.AtLeastOnce)
        {
            _pipeline.Answer(PacketType.PubAck, identifier, 0, null);
        }

        Assert.False(_pipeline.IsUnderWay);
    }

    [Fact]
    public void Acknowledgement_that_comes_before_anything_was_sent_again_ends_the_publish()
    {
        Connect(isSessionPresent: false);
        Publish(QualityOfService.AtLeastOnce, 0);
        Publish(QualityOfService.AtLeastOnce, 1);
        var sent = Take();
        _pipeline.Suspend(Cut);

        Connect(isSessionPresent: true);
        _pipeline.Answer(PacketType.PubAck, sent[0].PacketIdentifier, 0, null);

        Assert.Equal([sent[1].PacketIdentifier], Take().Select(packet => packet.PacketIdentifier));
        Assert.Equal([(0L, new PublishResult(PublishOutcome.Delivered))], _completion.Ended);
    }

    [Fact]
    public void Message_of_QoS_0_whose_write_failed_keeps_its_place_among_those_that_are_sent_again()
    {
        Connect(isSessionPresent: false);
        Publish(QualityOfService.AtLeastOnce, 0);
        Publish(QualityOfService.AtMostOnce, 1);
        Publish(QualityOfService.AtLeastOnce, 2);
        Publish(QualityOfService.AtMostOnce, 3);
        Take();
        Publish(QualityOfService.AtLeastOnce, 4);
        _pipeline.Suspend(Cut);

        Connect(isSessionPresent: true);

        Assert.Equal([0, 1, 2, 3, 4], Take().Select(Number));
    }

    [Fact]
    public void Message_expires_only_before_it_was_sent_and_is_sent_with_what_is_left_of_its_life()
    {
        Publish(QualityOfService.AtLeastOnce, 0, expiry: 10);
        Publish(QualityOfService.AtMostOnce, 1, expiry: 10);
        Publish(QualityOfService.ExactlyOnce, 2, expiry: 30);
        Publish(QualityOfService.AtLeastOnce, 3);
        _clock.Advance(TimeSpan.FromSeconds(10.5));

        Connect(isSessionPresent: false);

        Assert.Equal([(2, 20u), (3, 0u)], Take().Select(packet => (Number(packet), packet.ExpirySeconds)));
        Assert.Equal([0L, 1], _completion.Ended.Select(ended => ended.Id));
        Assert.All(_completion.Ended, ended => Assert.Equal((PublishOutcome.Expired, "MessageExpired"), (ended.Result.Outcome, ended.Result.ReasonName)));

        _pipeline.Suspend(Cut);
        _clock.Advance(TimeSpan.FromSeconds(100));
        Connect(isSessionPresent: false);
        Assert.Equal([(2, 1u), (3, 0u)], Take().Select(packet => (Number(packet), packet.ExpirySeconds)));
    }

    [Fact]
    public void Pump_is_woken_when_there_is_something_to_take_and_not_before()
    {
        Connect(isSessionPresent: false, window: 1);
        Assert.Empty(Take());
        Assert.Equal(0, _wakes);

        Publish(QualityOfService.AtLeastOnce, 0);
        Publish(QualityOfService.AtLeastOnce, 1);
        Assert.Equal(1, _wakes);
        var sent = Take();
        Assert.Empty(Take());
        Publish(QualityOfService.AtLeastOnce, 2);
        Assert.Equal(1, _wakes);

        _pipeline.Answer(PacketType.PubAck, sent[0].PacketIdentifier, 0, null);
        Assert.Equal(2, _wakes);
        Assert.Single(Take());
    }

    [Fact]
    public void PUBREC_wakes_the_pump_though_nothing_waits()
    {
        Connect(isSessionPresent: false);
        Publish(QualityOfService.ExactlyOnce, 0);
        var sent = Take();
        Assert.Empty(Take());

        _pipeline.Answer(PacketType.PubRec, sent[0].PacketIdentifier, 0, null);
        Assert.Equal(1, _wakes);
        Assert.Equal([sent[0].PacketIdentifier], Take().Select(packet => packet.PacketIdentifier));
        Assert.Empty(Take());
        _pipeline.Answer(PacketType.PubRec, sent[0].PacketIdentifier, 0, null);
        _pipeline.Answer(PacketType.PubRec, 999, 0, null);
        Assert.Equal(2, _wakes);
        Assert.Equal([sent[0].PacketIdentifier, (ushort)999], Take().Select(packet => packet.PacketIdentifier));
    }

    [Fact]
    public void Too_many_publishes_are_refused_whole_until_some_have_ended()
    {
        for (var i = 0; i < PublishPipeline.MaximumPublishes; i++)
            Publish(QualityOfService.AtMostOnce, i);
        Assert.Throws<PublishBacklogException>(() => Publish(QualityOfService.AtMostOnce, -1));
        Connect(isSessionPresent: false);
        var written = Take().Length;
        _pipeline.Written();

        for (var i = 0; i < written; i++)
            Publish(QualityOfService.AtMostOnce, i);

        Assert.Throws<PublishBacklogException>(() => Publish(QualityOfService.AtMostOnce, -1));
        Assert.DoesNotContain(_completion.Ended, ended => ended.Id == -1);
    }

    [Fact]
    public void Too_many_bytes_are_refused_but_a_single_message_of_any_size_is_not()
    {
        var large = new OutboundPublish("t", new byte[PublishPipeline.MaximumBytes + 1], QualityOfService.AtMostOnce);
        var ticket = _pipeline.Publish(large, _completion, 0);
        Assert.Throws<PublishBacklogException>(() => Publish(QualityOfService.AtMostOnce, 1));

        Assert.True(_pipeline.Withdraw(ticket));

        Publish(QualityOfService.AtMostOnce, 1);
        Assert.Throws<PublishBacklogException>(() => _pipeline.Publish(large, _completion, 2));
    }

    [Fact]
    public void Completion_may_publish()
    {
        Connect(isSessionPresent: false);
        var chain = new Chain(_pipeline, links: 5);
        _pipeline.Publish(Message(QualityOfService.AtMostOnce, 0), chain, 0);

        while (Take().Length > 0)
            _pipeline.Written();

        Assert.Equal([0L, 1, 2, 3, 4], chain.Ended);
    }

    [Fact]
    public void Ticket_of_a_publish_that_has_ended_withdraws_nothing_even_if_its_place_is_used_again()
    {
        Connect(isSessionPresent: false);
        var ticket = _pipeline.Publish(Message(QualityOfService.AtMostOnce, 0), _completion, 0);
        Take();
        _pipeline.Written();
        Publish(QualityOfService.AtMostOnce, 1);

        Assert.False(_pipeline.Withdraw(ticket));

        Assert.Equal([1], Take().Select(Number));
    }

    [Fact]
    public void Stall_is_counted_from_the_last_answer_and_not_while_a_write_goes_on()
    {
        var limit = TimeSpan.FromSeconds(60);
        Connect(isSessionPresent: false);
        _clock.Advance(limit * 10);
        Assert.Equal(limit, _pipeline.UntilStalled(limit));
        Publish(QualityOfService.AtLeastOnce, 0);
        Publish(QualityOfService.AtLeastOnce, 1);
        _pipeline.Take(_batch);
        _clock.Advance(limit * 10);
        Assert.Equal(limit, _pipeline.UntilStalled(limit));

        _pipeline.Written();
        _clock.Advance(limit / 2);
        Assert.Equal(limit / 2, _pipeline.UntilStalled(limit));
        _pipeline.Answer(PacketType.PubAck, 1, 0, null);
        Assert.Equal(limit, _pipeline.UntilStalled(limit));
        _clock.Advance(limit);
        Assert.Equal(TimeSpan.Zero, _pipeline.UntilStalled(limit));
        _pipeline.Answer(PacketType.PubAck, 2, 0, null);
        _clock.Advance(limit);
        Assert.Equal(limit, _pipeline.UntilStalled(limit));
    }

    [Fact]
    public void Messages_of_QoS_0_that_are_written_do_not_hide_that_nothing_is_acknowledged()
    {
        var limit = TimeSpan.FromSeconds(60);
        Connect(isSessionPresent: false);
        Publish(QualityOfService.AtLeastOnce, 0);
        Take();
        _pipeline.Written();

        for (var i = 0; i < 6; i++)
        {
            _clock.Advance(limit / 6);
            Publish(QualityOfService.AtMostOnce, i);
            Take();
            _pipeline.Written();
        }

        Assert.Equal(TimeSpan.Zero, _pipeline.UntilStalled(limit));
    }

    private static int Number(OutgoingPacket packet) => int.Parse(packet.Publish!.Topic, System.Globalization.CultureInfo.InvariantCulture);

    private static OutboundPublish Message(QualityOfService qos, int number, int? expiry = null) => new($"{number}", default, qos)
    {
        Properties = expiry is { } seconds ? new MessageProperties { Expiry = TimeSpan.FromSeconds(seconds) } : MessageProperties.None,
    };

    private void Publish(QualityOfService qos, int number, int? expiry = null) => _pipeline.Publish(Message(qos, number, expiry), _completion, number);

    private void Connect(bool isSessionPresent, int window = 100)
    {
        _pipeline.Resume(isSessionPresent);
        _pipeline.Open(Limits with { Window = window }, () => _wakes++);
    }

    private OutgoingPacket[] Take()
    {
        _batch.Clear();
        _pipeline.Take(_batch);
        return _batch.Packets.ToArray();
    }

    private sealed class Chain(PublishPipeline pipeline, int links) : IPublishCompletion
    {
        public List<long> Ended { get; } = [];

        public void Completed(OutboundPublish publish, long id, in PublishResult result)
        {
            Ended.Add(id);
            if (id + 1 < links)
                pipeline.Publish(publish, this, id + 1);
        }
    }
}
