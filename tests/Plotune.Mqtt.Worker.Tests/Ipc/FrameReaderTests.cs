using System.IO.Pipes;
using CsCheck;
using Plotune.Mqtt.TestSupport;
using Plotune.Mqtt.Worker.Ipc;

namespace Plotune.Mqtt.Worker.Tests.Ipc;

public sealed class FrameReaderTests
{
    private static readonly byte[] PingFrame = [8, 0, 0, 0, 3, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8];

    [Fact]
    public void A_frame_is_length_kind_three_zero_bytes_and_body()
    {
        var frames = ReadAll(PingFrame, int.MaxValue);

        var frame = Assert.Single(frames);
        Assert.Equal(FrameKind.Ping, frame.Kind);
        Assert.Equal([1, 2, 3, 4, 5, 6, 7, 8], frame.Body);
    }

    [Fact]
    public void An_empty_stream_holds_no_frame() => Assert.Empty(ReadAll([], 1));

    [Fact]
    public void Every_prefix_of_a_frame_but_the_empty_one_is_an_error()
    {
        for (var length = 1; length < PingFrame.Length; length++)
        {
            var exception = Assert.Throws<FrameException>(() => ReadAll(PingFrame[..length], int.MaxValue));
            Assert.Contains("ended inside a frame", exception.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(uint.MaxValue)]
    [InlineData(0x8000_0000u)]
    [InlineData((32u << 20) + 1)]
    public void A_length_past_the_cap_is_refused_before_memory_is_taken(uint claimed)
    {
        byte[] header = [.. BitConverter.GetBytes(claimed), 21, 0, 0, 0];
        var before = GC.GetAllocatedBytesForCurrentThread();

        Assert.Throws<FrameException>(() => ReadAll(header, int.MaxValue));

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 200_000);
    }

    [Fact]
    public void A_length_at_the_cap_takes_memory_only_as_bytes_arrive()
    {
        byte[] start = [.. BitConverter.GetBytes(32u << 20), 21, 0, 0, 0, .. new byte[1000]];
        var before = GC.GetAllocatedBytesForCurrentThread();

        Assert.Throws<FrameException>(() => ReadAll(start, int.MaxValue));

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 200_000);
    }

    [Theory]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    public void A_reserved_byte_that_is_not_zero_is_refused(int index)
    {
        var frame = PingFrame.ToArray();
        frame[index] = 1;

        Assert.Throws<FrameException>(() => ReadAll(frame, int.MaxValue));
    }

    [Fact]
    public void An_unknown_kind_is_for_the_caller_to_judge()
    {
        var frame = Assert.Single(ReadAll([0, 0, 0, 0, 250, 0, 0, 0], 1));

        Assert.Equal((FrameKind)250, frame.Kind);
    }

    [Fact]
    public void Frames_of_any_size_come_back_whatever_pieces_they_arrive_in() =>
        Gen.Select(Gen.Select(Gen.Byte, Gen.Byte.Array[0, 3000]).Array[0, 30], Gen.OneOf(Gen.Int[1, 20], Gen.Int[1, 40_000])).Sample((frames, pieceLength) =>
        {
            using var stream = new MemoryStream();
            var writer = new FrameWriter(stream);
            foreach (var (kind, body) in frames)
                writer.Write((FrameKind)kind, body);

            var read = ReadAll(stream.ToArray(), pieceLength);

            return read.Count == frames.Length
                && read.Zip(frames).All(pair => (byte)pair.First.Kind == pair.Second.Item1 && pair.First.Body.AsSpan().SequenceEqual(pair.Second.Item2));
        }, iter: 300);

    [Fact]
    public void A_frame_at_the_cap_comes_through_and_its_memory_is_given_back()
    {
        using var stream = new MemoryStream();
        var writer = new FrameWriter(stream);
        var large = new byte[FrameHeader.MaximumBodyLength];
        large[^1] = 42;
        writer.Write(FrameKind.Samples, large);
        for (var i = 0; i < 3; i++)
            writer.Write(FrameKind.Pong, PingFrame);
        var source = new DribblingStream(stream.ToArray(), int.MaxValue);
        var reader = new FrameReader(source);

        Assert.True(reader.TryRead(out var frame));
        Assert.True(frame.Body.SequenceEqual(large));
        for (var i = 0; i < 3; i++)
            Assert.True(reader.TryRead(out _));
        Assert.False(reader.TryRead(out _));
        Assert.InRange(source.LargestRequest, 1, 256 << 10);
    }

    [Fact]
    public async Task It_waits_only_while_nothing_is_buffered_and_a_read_is_pending()
    {
        var token = TestContext.Current.CancellationToken;
        using var writing = new AnonymousPipeServerStream(PipeDirection.Out);
        using var reading = new AnonymousPipeClientStream(PipeDirection.In, writing.ClientSafePipeHandle);
        var reader = new FrameReader(reading);
        Assert.False(reader.IsWaiting);

        var first = Task.Factory.StartNew(() => reader.TryRead(out _), token, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        await Eventually.TrueAsync("the reader waits", () => reader.IsWaiting, token);

        writing.Write(PingFrame.AsSpan(0, 4));
        await Eventually.TrueAsync("the reader has the start of a frame", () => !reader.IsWaiting, token);
        writing.Write(PingFrame.AsSpan(4));
        Assert.True(await Eventually.CompletesAsync("the frame is read", first, token));
        Assert.False(reader.IsWaiting);
    }

    private static List<(FrameKind Kind, byte[] Body)> ReadAll(byte[] bytes, int pieceLength)
    {
        var reader = new FrameReader(new DribblingStream(bytes, pieceLength));
        var frames = new List<(FrameKind, byte[])>();
        while (reader.TryRead(out var frame))
            frames.Add((frame.Kind, frame.Body.ToArray()));
        return frames;
    }
}
