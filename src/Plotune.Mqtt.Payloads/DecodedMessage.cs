using System.Runtime.CompilerServices;

namespace Plotune.Mqtt.Payloads;

/// <summary>
/// The samples of one payload; reused from message to message, so its spans are valid until the next decode. Not thread-safe.
/// </summary>
public sealed class DecodedMessage
{
    private SignalSample[] _samples = new SignalSample[64];
    private byte[] _text = new byte[1024];
    private int _count;
    private int _textLength;

    /// <summary>Time of the samples in microseconds since 1970: the payload's own, or the time of arrival.</summary>
    public long TimeMicros { get; set; }

    public ReadOnlySpan<SignalSample> Samples => _samples.AsSpan(0, _count);

    /// <summary>UTF-8 bytes of the texts among the samples.</summary>
    public ReadOnlySpan<byte> Text => _text.AsSpan(0, _textLength);

    /// <summary>Leaves that made no sample because there is no room for their signals: the registry refused them, or the topic has too many or too long paths.</summary>
    public int LeavesLeftOut { get; set; }

    public void Clear()
    {
        LeavesLeftOut = 0;
        _count = 0;
        _textLength = 0;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(in SignalSample sample)
    {
        var samples = _samples;
        var count = _count;
        if ((uint)count < (uint)samples.Length)
        {
            samples[count] = sample;
            _count = count + 1;
        }
        else
        {
            Grow(sample);
        }
    }

    /// <summary>Room for a text of up to <paramref name="length"/> bytes; <see cref="AddText"/> takes what was written there.</summary>
    public Span<byte> ReserveText(int length)
    {
        if (_text.Length - _textLength < length)
        {
            Array.Resize(ref _text, Math.Max(_text.Length * 2, _textLength + length));
        }

        return _text.AsSpan(_textLength, length);
    }

    /// <summary>Adds a text sample from the bytes just written to <see cref="ReserveText"/>.</summary>
    public void AddText(int signalId, int length, bool cut)
    {
        Add(new SignalSample(signalId, SignalValueKind.Text, 0, _textLength, length, cut));
        _textLength += length;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Grow(in SignalSample sample)
    {
        Array.Resize(ref _samples, _count * 2);
        _samples[_count++] = sample;
    }
}
