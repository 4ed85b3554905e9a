using Plotune.Mqtt.Worker.Ipc;

namespace Plotune.Mqtt.Worker.Tests.Ipc;

public sealed class FrameWriterTests
{
    [Fact]
    public void A_frame_is_written_by_the_letter()
    {
        using var stream = new MemoryStream();

        new FrameWriter(stream).Write(FrameKind.MessagesRequest, [0x78, 0x56, 0x34, 0x12]);

        Assert.Equal([4, 0, 0, 0, 5, 0, 0, 0, 0x78, 0x56, 0x34, 0x12], stream.ToArray());
    }

    [Fact]
    public void A_body_past_the_cap_is_refused_and_nothing_is_written()
    {
        using var stream = new MemoryStream();

        Assert.Throws<ArgumentOutOfRangeException>(() => new FrameWriter(stream).Write(FrameKind.Samples, new byte[FrameHeader.MaximumBodyLength + 1]));

        Assert.Equal(0, stream.Length);
    }

    [Fact]
    public async Task Frames_of_many_threads_stay_whole()
    {
        using var stream = new MemoryStream();
        var writer = new FrameWriter(stream);

        await Task.WhenAll(Enumerable.Range(0, 8).Select(thread => Task.Run(() =>
        {
            for (var i = 0; i < 500; i++)
                writer.Write((FrameKind)thread, Enumerable.Repeat((byte)thread, i * 11).ToArray());
        })));

        stream.Position = 0;
        var reader = new FrameReader(stream);
        var lengths = new int[8];
        while (reader.TryRead(out var frame))
        {
            var thread = (byte)frame.Kind;
            Assert.Equal(lengths[thread], frame.Body.Length);
            Assert.False(frame.Body.ContainsAnyExcept(thread));
            lengths[thread] += 11;
        }

        Assert.All(lengths, length => Assert.Equal(500 * 11, length));
    }
}
