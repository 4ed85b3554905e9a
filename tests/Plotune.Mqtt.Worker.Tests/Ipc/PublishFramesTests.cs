using Plotune.Mqtt.Client;
using Plotune.Mqtt.Worker.Ipc;

namespace Plotune.Mqtt.Worker.Tests.Ipc;

public sealed class PublishFramesTests
{
    [Fact]
    public void Messages_to_publish_come_through_whole()
    {
        PublishRequest[] requests =
        [
            new(long.MaxValue, "plant/ä", "{\"value\":1}"u8.ToArray(), QualityOfService.ExactlyOnce) { Retain = true, IsJson = true, ExpirySeconds = uint.MaxValue, Source = PublishSource.Redis },
            new(1, "t", ReadOnlyMemory<byte>.Empty, QualityOfService.AtMostOnce),
        ];

        byte[] body = PublishFrame.ToBody(requests);
        IReadOnlyList<PublishRequest> read = PublishFrame.Read(body);

        Assert.Equal(requests.Sum(PublishFrame.LengthOf), body.Length);
        Assert.Equal(2, read.Count);
        foreach ((PublishRequest expected, PublishRequest actual) in requests.Zip(read))
        {
            Assert.Equal(expected.Payload.ToArray(), actual.Payload.ToArray());
            Assert.Equal(expected with { Payload = default }, actual with { Payload = default });
        }
    }

    [Fact]
    public void Reports_come_through_whole()
    {
        PublishReport[] reports = [new(7), new(8, "PacketTooLarge", "Zu groß."), new(9)];

        Assert.Equal(reports, PublishReportFrame.Read(PublishReportFrame.ToBody(reports)));
    }

    [Fact]
    public void Every_cut_of_a_frame_is_refused()
    {
        byte[] publish = PublishFrame.ToBody([new PublishRequest(1, "topic", new byte[3], QualityOfService.AtLeastOnce)]);
        byte[] published = PublishReportFrame.ToBody([new PublishReport(1, "Name", "Sentence.")]);

        for (int length = 1; length < publish.Length; length++)
            Assert.Throws<FrameException>(() => PublishFrame.Read(publish.AsSpan(0, length)));
        for (int length = 1; length < published.Length; length++)
            Assert.Throws<FrameException>(() => PublishReportFrame.Read(published.AsSpan(0, length)));
    }

    [Theory]
    [InlineData(3)]
    [InlineData(0x41)]
    public void Unknown_flags_are_refused(byte flags)
    {
        byte[] body = PublishFrame.ToBody([new PublishRequest(1, "topic", new byte[3], QualityOfService.AtLeastOnce)]);
        body[8] = flags;

        Assert.Throws<FrameException>(() => PublishFrame.Read(body));
    }

    [Fact]
    public void An_unknown_outcome_is_refused()
    {
        byte[] body = PublishReportFrame.ToBody([new PublishReport(1)]);
        body[8] = 2;

        Assert.Throws<FrameException>(() => PublishReportFrame.Read(body));
    }
}
