using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using Plotune.Mqtt.Agent.Signals;

namespace Plotune.Mqtt.Agent.Api;

/// <summary>
/// Many signals: <c>{"name":...,"timestamp":...,"value":...}</c> per frame, or one JSON array frame per write once the viewer asked for batches;
/// <c>{"name":...,"missed":n}</c> where samples were lost.
/// </summary>
internal sealed class NamedSignalFormat : ISampleFormat
{
    private const int MaximumMissedBytes = 32;

    private readonly Dictionary<Signal, byte[]> _prefixes = [];
    private volatile bool _batchWanted;
    private bool _batch;
    private bool _first;

    /// <summary>Takes effect with the next write; any thread.</summary>
    public void UseBatches(bool batches) => _batchWanted = batches;

    public void Begin(TextFrameBuffer frames)
    {
        _batch = _batchWanted;
        _first = true;
        if (_batch) frames.BeginFrame();
    }

    public void Append(TextFrameBuffer frames, in ViewerSample sample)
    {
        Span<byte> missed = stackalloc byte[MaximumMissedBytes];
        var rest = sample.Json.IsEmpty ? FormatMissed(missed, sample.Missed) : sample.Json.Span;
        var prefix = PrefixOf(sample.Signal);
        if (!_batch)
        {
            frames.AppendFrame(prefix, rest);
            return;
        }

        frames.Append(_first ? "["u8 : ","u8);
        frames.Append(prefix);
        frames.Append(rest);
        _first = false;
    }

    public void End(TextFrameBuffer frames)
    {
        if (!_batch) return;
        if (_first)
        {
            frames.Clear();
            return;
        }

        frames.Append("]"u8);
        frames.EndFrame();
    }

    private static ReadOnlySpan<byte> FormatMissed(Span<byte> buffer, long missed)
    {
        "\"missed\":"u8.CopyTo(buffer);
        Utf8Formatter.TryFormat(missed, buffer[9..], out var length);
        buffer[9 + length] = (byte)'}';
        return buffer[..(10 + length)];
    }

    private byte[] PrefixOf(Signal signal)
    {
        if (_prefixes.TryGetValue(signal, out var prefix)) return prefix;
        prefix = Encoding.UTF8.GetBytes($"{{\"name\":\"{JsonEncodedText.Encode(signal.Key)}\",");
        _prefixes.Add(signal, prefix);
        return prefix;
    }
}
