using System.Text;
using CsCheck;
using Plotune.Mqtt.Agent.Monitor;
using Plotune.Mqtt.Agent.Signals;
using Plotune.Mqtt.Payloads;

namespace Plotune.Mqtt.Agent.Tests.Monitor;

public sealed class CurveBufferTests
{
    private const long Bucket = 50_000;
    private const long Start = 1_766_000_000_000_000;

    private static readonly Gen<CurveStep> Step = Gen.Frequency(
        (12, Gen.Select(Gen.Long[-20_000, 60_000], Gen.Int[-9, 9], (advance, number) => CurveStep.Of(advance, SignalValueKind.Number, number))),
        (2, Gen.Select(Gen.Long[-20_000, 60_000], Gen.Int[0, 1], (advance, number) => CurveStep.Of(advance, SignalValueKind.Boolean, number))),
        (2, Gen.Select(Gen.Long[-20_000, 60_000], Gen.Int[0, 2], (advance, number) => CurveStep.Of(advance, SignalValueKind.Text, number))),
        (1, Gen.Long[-20_000, 60_000].Select(advance => CurveStep.Of(advance, SignalValueKind.Gap, 0))),
        (1, Gen.Long[-20_000, 60_000].Select(advance => CurveStep.Of(advance, SignalValueKind.Number, double.NaN))),
        (2, Gen.Const(CurveStep.Drain)));

    [Fact]
    public void Of_numbers_each_bucket_has_its_extremes_and_the_time_of_its_newest_sample()
    {
        var buffer = new CurveBuffer(Bucket);
        Take(buffer, (0, 3), (10_000, -7), (49_999, 5), (50_000, 1), (60_000, 2), (200_000, 9));

        Assert.Equal([(49_999, -7, 5), (60_000, 1, 2)], Numbers(buffer));
    }

    [Fact]
    public void A_bucket_that_is_open_is_told_at_the_second_time_and_its_rest_comes_as_another_one()
    {
        var buffer = new CurveBuffer(Bucket);
        Take(buffer, (0, 3));

        Assert.Empty(Numbers(buffer));
        Take(buffer, (1000, 4));
        Assert.Equal([(1000, 3, 4)], Numbers(buffer));
        Assert.Empty(Numbers(buffer));
        Take(buffer, (2000, 8));
        Assert.Empty(Numbers(buffer));
        Assert.Equal([(2000, 8, 8)], Numbers(buffer));
    }

    [Fact]
    public void A_history_comes_sample_by_sample_whatever_the_bucket()
    {
        var buffer = new CurveBuffer(Bucket);
        foreach (var (time, number) in new[] { (0, 1d), (1000, 5d), (2000, 3d) }) buffer.TakeHistory(new HistorySample(Start + time, SignalValueKind.Number, number, null, false, false));
        Take(buffer, (3000, 9), (4000, 7), (100_000, 0));

        Assert.Equal([(0, 1, 1), (1000, 5, 5), (2000, 3, 3), (4000, 7, 9)], Numbers(buffer));
    }

    [Fact]
    public void Another_width_counts_from_the_next_bucket_on_and_loses_nothing()
    {
        var buffer = new CurveBuffer(Bucket);
        Take(buffer, (0, 1));
        buffer.BucketMicros = 1000;
        Take(buffer, (10_000, 2), (50_000, 3), (50_500, 4), (51_000, 5), (52_000, 6));

        Assert.Equal([(10_000, 1, 2), (50_500, 3, 4), (51_000, 5, 5)], Numbers(buffer));
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(double.NegativeInfinity)]
    public void What_is_no_number_is_a_gap_between_buckets_and_many_in_a_row_are_one(double number)
    {
        var buffer = new CurveBuffer(Bucket);
        Take(buffer, (0, 1), (1000, number), (2000, number), (3000, 2), (4000, 3), (90_000, 4));

        var points = Drain(buffer);

        Assert.Equal([SignalValueKind.Number, SignalValueKind.Gap, SignalValueKind.Number], points.Select(point => point.Kind));
        Assert.Equal([Start, Start + 1000, Start + 4000], points.Select(point => point.TimeMicros));
    }

    [Fact]
    public void Of_texts_and_booleans_the_changes_are_told_and_in_a_moment_only_the_last_one()
    {
        var buffer = new CurveBuffer(Bucket);
        foreach (var (time, text) in new[] { (0, "off"), (60_000, "off"), (120_000, "on"), (121_000, "run"), (122_000, "stop"), (190_000, "on") })
            buffer.Take(Start + time, SignalValueKind.Text, 0, Encoding.UTF8.GetBytes(text));
        foreach (var (time, on) in new[] { (300_000, 0d), (301_000, 0d), (400_000, 1d) })
            buffer.Take(Start + time, SignalValueKind.Boolean, on, null);

        Assert.Equal([(0, "off"), (122_000, "stop"), (190_000, "on"), (300_000, "False"), (400_000, "True")], Drain(buffer).Select(Told));

        static (long, string) Told(CurvePoint point) => (point.TimeMicros - Start, point.Text is { } text ? Encoding.UTF8.GetString(text) : $"{point.Minimum != 0}");
    }

    [Fact]
    public void What_nobody_takes_out_gets_coarser_and_keeps_its_bound_and_its_extremes()
    {
        var buffer = new CurveBuffer(1000);
        for (var i = 0; i < 1_000_000; i++) buffer.Take(Start + (i * 1000L), SignalValueKind.Number, i == 123_456 ? 1e9 : i == 765_432 ? -1e9 : Math.Sin(i), null);

        var points = Drain(buffer);

        Assert.InRange(points.Count, 200, CurveBuffer.Capacity);
        Assert.Equal(1e9, Assert.Single(points, point => point.Maximum > 1).Maximum);
        Assert.Equal(-1e9, Assert.Single(points, point => point.Minimum < -1).Minimum);
        Assert.Equal(points.Select(point => point.TimeMicros).Order(), points.Select(point => point.TimeMicros));
        Assert.Equal(Start + 999_999_000L, points[^1].TimeMicros);

        // Once taken out, it is as fine as before.
        Take(buffer, (2_000_000_000, 1), (2_000_001_000, 2), (2_000_002_000, 3));
        Assert.Equal(2, Drain(buffer).Count);
    }

    [Fact]
    public void Long_texts_that_nobody_takes_out_are_bounded_in_bytes_and_the_newest_stays()
    {
        var buffer = new CurveBuffer(Bucket);
        for (var i = 0; i < 1000; i++) buffer.Take(Start + (i * 100_000L), SignalValueKind.Text, 0, Encoding.UTF8.GetBytes($"{i}".PadRight(4096)));

        var points = Drain(buffer);

        Assert.InRange(points.Sum(point => point.Text!.Length), 4096, CurveBuffer.MaximumTextBytes);
        Assert.StartsWith("999 ", Encoding.UTF8.GetString(points[^1].Text!), StringComparison.Ordinal);
    }

    [Fact]
    public void A_text_longer_than_the_bound_is_taken_alone()
    {
        var buffer = new CurveBuffer(Bucket);
        var text = new byte[CurveBuffer.MaximumTextBytes + 1];
        buffer.Take(Start, SignalValueKind.Number, 1, null);
        buffer.Take(Start + 1, SignalValueKind.Gap, 0, null);
        buffer.Take(Start + 2, SignalValueKind.Text, 0, text);
        buffer.Take(Start + 100_000, SignalValueKind.Text, 0, [1]);

        Assert.Equal([SignalValueKind.Number, SignalValueKind.Gap, SignalValueKind.Text], Drain(buffer).Select(point => point.Kind).Distinct());
    }

    [Theory]
    [InlineData(long.MinValue)]
    [InlineData(long.MaxValue)]
    [InlineData(-1)]
    [InlineData(0)]
    public void Any_time_is_taken(long timeMicros)
    {
        var buffer = new CurveBuffer(3_600_000_000);
        buffer.Take(timeMicros, SignalValueKind.Number, 1, null);
        buffer.Take(Start, SignalValueKind.Number, 2, null);
        buffer.Take(timeMicros, SignalValueKind.Number, 3, null);

        Assert.Equal([1, 2, 3], DrainAll(buffer).Select(point => point.Maximum));
    }

    /// <summary>The model keeps every sample and groups them by the rules, one after the other.</summary>
    [Fact]
    public void While_there_is_room_the_points_are_those_of_the_model() => Step.Array[0, 120].Sample(steps =>
    {
        var buffer = new CurveBuffer(Bucket);
        var model = new CurveModel(Bucket);
        var time = Start;
        foreach (var step in steps.Append(CurveStep.Drain).Append(CurveStep.Drain))
        {
            if (step.IsDrain)
            {
                Assert.Equal(model.Drain(), Drain(buffer).Select(Told));
                continue;
            }

            time += step.Advance;
            buffer.Take(time, step.Kind, step.Number, step.Text);
            model.Take(time, step);
        }
    });

    [Fact]
    public void Without_room_each_number_is_in_one_bucket_and_every_bucket_is_exact() => Step.Where(step => !step.IsDrain).Array[0, 200].Sample(steps =>
    {
        const int Capacity = 8;
        var buffer = new CurveBuffer(1, Capacity);
        var time = Start;
        var samples = new List<(long Time, double Number)>();
        var changes = new List<CurveStep>();
        foreach (var step in steps)
        {
            time += step.Advance;
            buffer.Take(time, step.Kind, step.Number, step.Text);
            if (step.Kind == SignalValueKind.Number && double.IsFinite(step.Number)) samples.Add((time, step.Number));
            if (step.Kind is SignalValueKind.Text or SignalValueKind.Boolean) changes.Add(step);
        }

        var points = DrainAll(buffer);

        Assert.InRange(points.Count, 0, Capacity);
        AssertPartition(samples, [.. points.Where(point => point.Kind == SignalValueKind.Number)]);
        if (steps.Length == 0) return;
        // However much was merged, what it is now is what was taken last.
        var isGap = steps[^1].Kind == SignalValueKind.Gap || double.IsNaN(steps[^1].Number);
        Assert.Equal(isGap ? SignalValueKind.Gap : steps[^1].Kind, points[^1].Kind);
        if (changes.Count > 0)
        {
            var told = points.Last(point => point.Kind is SignalValueKind.Text or SignalValueKind.Boolean);
            Assert.Equal((changes[^1].Kind, changes[^1].Number), (told.Kind, told.Kind == SignalValueKind.Text ? told.Text![0] : told.Minimum));
        }
    });

    /// <summary>The points split the samples, in their order, into runs; each has the extremes and the newest time of its run.</summary>
    private static void AssertPartition(List<(long Time, double Number)> samples, List<CurvePoint> points)
    {
        // reachable[i]: the points so far can hold exactly the first i samples.
        var reachable = new bool[samples.Count + 1];
        reachable[0] = true;
        foreach (var point in points)
        {
            var next = new bool[samples.Count + 1];
            for (var from = 0; from < samples.Count; from++)
            {
                if (!reachable[from]) continue;
                var (minimum, maximum, newest) = (double.MaxValue, double.MinValue, long.MinValue);
                for (var to = from; to < samples.Count; to++)
                {
                    (minimum, maximum, newest) = (Math.Min(minimum, samples[to].Number), Math.Max(maximum, samples[to].Number), Math.Max(newest, samples[to].Time));
                    next[to + 1] |= (minimum, maximum, newest) == (point.Minimum, point.Maximum, point.TimeMicros);
                }
            }

            reachable = next;
        }

        Assert.True(reachable[samples.Count], "The points are no exact summary of the samples");
    }

    private static void Take(CurveBuffer buffer, params (long Time, double Number)[] samples)
    {
        foreach (var (time, number) in samples) buffer.Take(Start + time, SignalValueKind.Number, number, null);
    }

    private static IEnumerable<(long Time, double Minimum, double Maximum)> Numbers(CurveBuffer buffer) =>
        Drain(buffer).Select(point => (point.TimeMicros - Start, point.Minimum, point.Maximum));

    private static (long, SignalValueKind, double, double) Told(CurvePoint point) =>
        point.Kind == SignalValueKind.Text ? (point.TimeMicros, point.Kind, point.Text![0], point.Text[0]) : (point.TimeMicros, point.Kind, point.Minimum, point.Maximum);

    private static List<CurvePoint> Drain(CurveBuffer buffer)
    {
        var points = new CurvePoint[CurveBuffer.Capacity];
        return [.. points[..buffer.Drain(points)]];
    }

    private static List<CurvePoint> DrainAll(CurveBuffer buffer) => [.. Drain(buffer), .. Drain(buffer)];
}
