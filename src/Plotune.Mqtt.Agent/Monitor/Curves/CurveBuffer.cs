using Plotune.Mqtt.Agent.Signals;
using Plotune.Mqtt.Payloads;

namespace Plotune.Mqtt.Agent.Monitor;

/// <summary>
/// What a page has still to be told of one curve, decimated as it comes: of numbers the extremes in each bucket of time, over every sample; of texts and booleans the changes, the last one in each 50 ms.
/// It holds at most <see cref="Capacity"/> points and <see cref="MaximumTextBytes"/> of texts: beyond that points are merged two by two, so that a page that does not read gets fewer points later and no extreme
/// is ever lost. Guarded by the lock of the signal's connection, but for <see cref="BucketMicros"/>.
/// </summary>
/// <param name="capacity">Points held at most, 8 or more. (default: <see cref="Capacity"/>)</param>
internal sealed class CurveBuffer(long bucketMicros, int capacity = CurveBuffer.Capacity) : ISampleTap
{
    public const int Capacity = 512;
    public const int MaximumTextBytes = 256 * 1024;

    private const int InitialCapacity = 16;
    private const int None = -1;
    private const int MaximumCoarseness = 20;
    private const long ChangeMicros = 50_000;

    private long _bucketMicros = bucketMicros;
    private CurvePoint[] _points = [];
    private int _count;
    private int _textBytes;
    private int _coarseness;

    // The last point takes further samples of its bucket while one of the widths is not zero.
    private long _openStart;
    private long _openNumbers;
    private long _openChanges;
    private bool _openWasLeft;

    // The last value taken; of numbers only the kind.
    private bool _hasLast;
    private SignalValueKind _lastKind;
    private double _lastNumber;
    private byte[]? _lastText;

    /// <summary>Width of a bucket that begins from now on; any thread.</summary>
    public long BucketMicros
    {
        get => Volatile.Read(ref _bucketMicros);
        set => Volatile.Write(ref _bucketMicros, value);
    }

    public void TakeHistory(in HistorySample sample)
    {
        Take(sample.TimeMicros, sample.Kind, sample.Number, sample.Text);
        Close(); // what happened before is told sample by sample
    }

    public void Take(long timeMicros, SignalValueKind kind, double number, byte[]? text)
    {
        switch (kind)
        {
            case SignalValueKind.Number when double.IsFinite(number):
                TakeNumber(timeMicros, number);
                break;
            case SignalValueKind.Boolean or SignalValueKind.Text:
                TakeValue(timeMicros, kind, number, text);
                break;
            default:
                TakeGap(timeMicros);
                break;
        }
    }

    /// <summary>
    /// Takes out what is to be told, in the order it came. A bucket of numbers that is still open is left in for once, so that most buckets are told whole.
    /// </summary>
    /// <param name="destination">Room for as many points as it holds.</param>
    /// <returns>How many.</returns>
    public int Drain(Span<CurvePoint> destination)
    {
        var leave = _count > 0 && _openNumbers > 0 && !_openWasLeft && _coarseness == 0;
        var taken = leave ? _count - 1 : _count;
        _points.AsSpan(0, taken).CopyTo(destination);
        if (leave)
        {
            _points[0] = _points[taken];
            _openWasLeft = true;
        }
        else
        {
            Close();
        }

        // References to texts must not live on here.
        _points.AsSpan(leave ? 1 : 0, _count - (leave ? 1 : 0)).Clear();
        _count -= taken;
        _textBytes = 0;
        _coarseness = 0;
        return taken;
    }

    private void TakeNumber(long timeMicros, double number)
    {
        if ((ulong)(timeMicros - _openStart) < (ulong)_openNumbers)
        {
            ref var bucket = ref _points[_count - 1];
            bucket.TimeMicros = Math.Max(bucket.TimeMicros, timeMicros);
            bucket.Minimum = Math.Min(bucket.Minimum, number);
            bucket.Maximum = Math.Max(bucket.Maximum, number);
            return;
        }

        Append(new CurvePoint { TimeMicros = timeMicros, Minimum = number, Maximum = number, Kind = SignalValueKind.Number });
        Remember(SignalValueKind.Number, 0, null);
        (_openStart, _openNumbers) = BucketOf(timeMicros, BucketMicros);
    }

    private void TakeValue(long timeMicros, SignalValueKind kind, double number, byte[]? text)
    {
        if (_hasLast && kind == _lastKind && (kind == SignalValueKind.Boolean ? number == _lastNumber : IsSame(text, _lastText))) return;
        Remember(kind, number, text);
        var point = new CurvePoint { TimeMicros = timeMicros, Minimum = number, Maximum = number, Text = text, Kind = kind };
        if ((ulong)(timeMicros - _openStart) < (ulong)_openChanges)
        {
            ref var open = ref _points[_count - 1];
            _textBytes += LengthOf(point) - LengthOf(open);
            open = point;
            return;
        }

        Append(point);
        (_openStart, _openChanges) = BucketOf(timeMicros, ChangeMicros);
    }

    private void TakeGap(long timeMicros)
    {
        if (_hasLast && _lastKind == SignalValueKind.Gap) return;
        Append(new CurvePoint { TimeMicros = timeMicros, Kind = SignalValueKind.Gap });
        Remember(SignalValueKind.Gap, 0, null);
    }

    private void Append(in CurvePoint point)
    {
        Close();
        while ((_count == capacity || _textBytes + LengthOf(point) > MaximumTextBytes) && TryMerge())
        {
        }

        if (_count == _points.Length) Array.Resize(ref _points, Math.Max(InitialCapacity, _count * 2));
        _points[_count++] = point;
        _textBytes += LengthOf(point);
    }

    /// <summary>
    /// Merges each two points of the same sort that follow one another, whatever lies between, into the later one's place: the last point stays, and so does every extreme. Three sorts at most are left over, so
    /// a full buffer is always half empty afterwards.
    /// </summary>
    /// <returns>False if there was nothing to merge.</returns>
    private bool TryMerge()
    {
        Span<int> partners = [None, None, None];
        Span<bool> isGone = stackalloc bool[_count];
        for (var i = 0; i < _count; i++)
        {
            ref var partner = ref partners[SortOf(_points[i].Kind)];
            if (partner == None)
            {
                partner = i;
                continue;
            }

            Merge(_points[partner], ref _points[i]);
            isGone[partner] = true;
            partner = None;
        }

        _coarseness = Math.Min(_coarseness + 1, MaximumCoarseness);
        return TryCompact(isGone);
    }

    private bool TryCompact(ReadOnlySpan<bool> isGone)
    {
        var left = 0;
        for (var i = 0; i < _count; i++)
        {
            if (isGone[i]) _textBytes -= LengthOf(_points[i]);
            else _points[left++] = _points[i];
        }

        _points.AsSpan(left, _count - left).Clear();
        (var before, _count) = (_count, left);
        return left < before;
    }

    private static void Merge(in CurvePoint earlier, ref CurvePoint later)
    {
        if (later.Kind != SignalValueKind.Number) return;
        later.TimeMicros = Math.Max(earlier.TimeMicros, later.TimeMicros);
        later.Minimum = Math.Min(earlier.Minimum, later.Minimum);
        later.Maximum = Math.Max(earlier.Maximum, later.Maximum);
    }

    private void Close() => (_openNumbers, _openChanges, _openWasLeft) = (0, 0, false);

    private void Remember(SignalValueKind kind, double number, byte[]? text) => (_hasLast, _lastKind, _lastNumber, _lastText) = (true, kind, number, text);

    /// <summary>Buckets begin at whole multiples of their width, so that curves of different signals line up.</summary>
    private (long Start, long Width) BucketOf(long timeMicros, long width)
    {
        width <<= _coarseness;
        var rest = timeMicros % width;
        return (timeMicros - (rest < 0 ? rest + width : rest), width);
    }

    private static int SortOf(SignalValueKind kind) => kind switch { SignalValueKind.Number => 0, SignalValueKind.Gap => 1, _ => 2 };

    private static int LengthOf(in CurvePoint point) => point.Text?.Length ?? 0;

    /// <summary>A history stores equal texts in a row once, so mostly the references are equal.</summary>
    private static bool IsSame(byte[]? text, byte[]? other) => ReferenceEquals(text, other) || text.AsSpan().SequenceEqual(other);
}
