using System.Text;
using CsCheck;
using Plotune.Mqtt.Payloads;
using Plotune.Mqtt.Worker.Ipc;

namespace Plotune.Mqtt.Worker.Tests.Ipc;

public sealed class SamplesTests
{
    // Time 0x0102030405060708, two samples, retained: signal 5 = 1.5; signal 6 = "hé", cut. Then time 1, one sample: signal 0x0FFFFFFF is a gap.
    private static readonly byte[] Golden =
    [
        8, 7, 6, 5, 4, 3, 2, 1, 2, 0, 0, 0x80,
        5, 0, 0, 0x10, 0, 0, 0, 0, 0, 0, 0xF8, 0x3F,
        6, 0, 0, 0x70, 3, 0, 0, 0, (byte)'h', 0xC3, 0xA9,
        1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0,
        0xFF, 0xFF, 0xFF, 0x0F,
    ];

    [Fact]
    public void A_frame_is_written_by_the_letter()
    {
        var writer = new SamplesWriter();

        writer.Append(
            0x0102030405060708,
            retained: true,
            [new SignalSample(5, SignalValueKind.Number, 1.5), new SignalSample(6, SignalValueKind.Text, TextOffset: 2, TextLength: 3, TextCut: true)],
            "..hé"u8);
        writer.Append(1, retained: false, [new SignalSample(WireSample.MaximumSignalId, SignalValueKind.Gap)], []);

        Assert.Equal(Golden, writer.Body.ToArray());
        Assert.Equal([(byte)Golden.Length, 0, 0, 0, 21, 0, 0, 0, .. Golden], writer.GetFrame().ToArray());
    }

    [Fact]
    public void A_frame_is_read_by_the_letter()
    {
        var reader = new SamplesReader(Golden);

        Assert.True(reader.NextMessage());
        Assert.Equal(0x0102030405060708, reader.TimeMicros);
        Assert.True(reader.Retained);
        Assert.True(reader.NextSample(out var sample));
        Assert.Equal((5, SignalValueKind.Number, 1.5), (sample.SignalId, sample.Kind, sample.Number));
        Assert.True(reader.NextSample(out sample));
        Assert.Equal((6, SignalValueKind.Text, "hé", true), (sample.SignalId, sample.Kind, Encoding.UTF8.GetString(sample.Text), sample.TextCut));
        Assert.False(reader.NextSample(out _));
        Assert.True(reader.NextMessage());
        Assert.Equal((1, false), (reader.TimeMicros, reader.Retained));
        Assert.True(reader.NextSample(out sample));
        Assert.Equal((WireSample.MaximumSignalId, SignalValueKind.Gap), (sample.SignalId, sample.Kind));
        Assert.False(reader.NextMessage());
    }

    [Fact]
    public void Whose_samples_are_ahead_is_seen_through_all_messages_of_a_frame()
    {
        var writer = new SamplesWriter();
        writer.Append(1, retained: false, [new SignalSample(5, SignalValueKind.Number, 1.5), new SignalSample(6, SignalValueKind.Text, TextOffset: 0, TextLength: 3), new SignalSample(7, SignalValueKind.Gap)], "abc"u8);
        writer.Append(2, retained: true, [new SignalSample(8, SignalValueKind.Boolean, 1)], []);
        var reader = new SamplesReader(writer.Body);
        Span<int> ids = stackalloc int[3];

        Assert.Equal(3, reader.Skim(ids));
        Assert.Equal([5, 6, 7], ids.ToArray());
        Assert.Equal(1, reader.Skim(ids));
        Assert.Equal(8, ids[0]);
        Assert.Equal(0, reader.Skim(ids));
    }

    [Fact]
    public void A_look_ahead_ends_where_bytes_do_not_add_up()
    {
        Gen.Byte.Array[0, 60].Sample(bytes =>
        {
            var reader = new SamplesReader(bytes);
            var ids = new int[4];
            while (reader.Skim(ids) is var count and > 0)
                Assert.All(ids[..count], id => Assert.InRange(id, 0, WireSample.MaximumSignalId));
        });
    }

    [Fact]
    public void Samples_not_read_are_passed_over()
    {
        var reader = new SamplesReader(Golden);

        Assert.True(reader.NextMessage());
        Assert.True(reader.NextMessage());
        Assert.Equal(1, reader.TimeMicros);
    }

    [Fact]
    public void Every_prefix_that_ends_inside_a_message_is_an_error()
    {
        int[] whole = [0, 35];
        for (var length = 0; length < Golden.Length; length++)
        {
            var prefix = Golden[..length];
            if (whole.Contains(length))
                Walk(prefix);
            else
                Assert.Throws<FrameException>(() => Walk(prefix));
        }
    }

    [Theory]
    [InlineData(uint.MaxValue)]
    [InlineData(0x7FFF_FFFFu)]
    [InlineData(1u << 20)]
    public void A_count_or_length_past_the_body_is_an_error(uint claimed)
    {
        byte[] count = [0, 0, 0, 0, 0, 0, 0, 0, .. BitConverter.GetBytes(claimed), 5, 0, 0, 0];
        byte[] length = [0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 5, 0, 0, 0x30, .. BitConverter.GetBytes(claimed), 1, 2, 3];

        Assert.Throws<FrameException>(() => Walk(count));
        Assert.Throws<FrameException>(() => Walk(length));
    }

    [Fact]
    public void A_reserved_bit_is_an_error() =>
        Assert.Throws<FrameException>(() => Walk([0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 5, 0, 0, 0x80]));

    [Fact]
    public void Any_bytes_are_either_read_or_refused() =>
        Gen.Byte.Array[0, 200].Sample(bytes =>
        {
            try
            {
                Walk(bytes);
            }
            catch (FrameException)
            {
                // Refused in words; anything else fails the test.
            }
        }, iter: 20_000);

    [Fact]
    public void What_is_written_is_read()
    {
        var sample = Gen.Select(
            Gen.Int[0, WireSample.MaximumSignalId], Gen.Int[0, 3], Gen.Double, Gen.Byte.Array[0, 300], Gen.Bool, (id, kind, number, text, cut) => (id, (SignalValueKind)kind, number, text, cut));
        Gen.Select(Gen.Long, Gen.Bool, sample.Array[0, 40]).Array[0, 20].Sample(messages =>
        {
            var writer = new SamplesWriter();
            foreach (var (time, retained, samples) in messages)
                Append(writer, time, retained, samples);

            var reader = new SamplesReader(writer.Body);
            foreach (var (time, retained, samples) in messages.Where(message => message.Item3.Length > 0))
            {
                Assert.True(reader.NextMessage());
                Assert.Equal((time, retained), (reader.TimeMicros, reader.Retained));
                foreach (var (id, kind, number, text, cut) in samples)
                {
                    Assert.True(reader.NextSample(out var read));
                    Assert.Equal((id, kind), (read.SignalId, read.Kind));
                    Assert.Equal(kind is SignalValueKind.Number or SignalValueKind.Boolean ? number : 0, read.Number);
                    Assert.True(read.Text.SequenceEqual(kind == SignalValueKind.Text ? text : []));
                    Assert.Equal(kind == SignalValueKind.Text && cut, read.TextCut);
                }

                Assert.False(reader.NextSample(out _));
            }

            Assert.False(reader.NextMessage());
        }, iter: 200);
    }

    [Fact]
    public void Texts_that_claim_more_than_there_is_are_refused_before_anything_is_written()
    {
        var writer = new SamplesWriter();
        var overlapping = new SignalSample(1, SignalValueKind.Text, TextLength: 20_000);

        Assert.Throws<ArgumentOutOfRangeException>(() => writer.Append(0, false, [overlapping, overlapping], new byte[20_000]));

        Assert.True(writer.IsEmpty);
    }

    [Fact]
    public void Memory_of_a_large_frame_is_given_back()
    {
        var writer = new SamplesWriter();
        writer.Append(0, false, [new SignalSample(1, SignalValueKind.Text, TextLength: 1 << 20)], new byte[1 << 20]);
        writer.Clear();
        var before = GC.GetAllocatedBytesForCurrentThread();

        for (var i = 0; i < 1000; i++)
            writer.Append(0, false, [new SignalSample(1, SignalValueKind.Number, 1)], []);

        // It starts small again, and grows by doubling.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 1, 64 << 10);
    }

    private static void Append(SamplesWriter writer, long time, bool retained, (int Id, SignalValueKind Kind, double Number, byte[] Text, bool Cut)[] samples)
    {
        var message = new DecodedMessage();
        foreach (var (id, kind, number, text, cut) in samples)
        {
            if (kind != SignalValueKind.Text)
            {
                message.Add(new SignalSample(id, kind, number));
                continue;
            }

            text.CopyTo(message.ReserveText(text.Length));
            message.AddText(id, text.Length, cut);
        }

        writer.Append(time, retained, message.Samples, message.Text);
    }

    private static void Walk(ReadOnlySpan<byte> body)
    {
        var reader = new SamplesReader(body);
        while (reader.NextMessage())
        {
            while (reader.NextSample(out _))
            {
            }
        }
    }
}
