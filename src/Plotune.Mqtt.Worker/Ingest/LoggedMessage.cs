using System.Text;
using System.Text.Unicode;
using Plotune.Mqtt.Client;
using Plotune.Mqtt.Worker.Ipc;

namespace Plotune.Mqtt.Worker.Ingest;

/// <summary>One place of the <see cref="MessageLog"/>; its arrays grow as messages need and are used again.</summary>
internal sealed class LoggedMessage
{
    private byte[] _topic = [];
    private byte[] _payload = [];
    private int _topicLength;
    private int _storedLength;
    private int _payloadLength;
    private long _arrivalMicros;
    private QualityOfService _qualityOfService;
    private bool _retained;
    private string? _failure;
    private bool _isOutgoing;
    private PublishSource _source;
    private long _sequence;

    public void Store(in InboundPublish publish, long arrivalMicros, string? failure, long sequence, int maximumPayloadBytes)
    {
        ReadOnlySpan<byte> payload = publish.Payload;
        _topicLength = Copy(publish.Topic, ref _topic);
        _storedLength = Copy(payload[..Math.Min(payload.Length, maximumPayloadBytes)], ref _payload);
        _payloadLength = payload.Length;
        _arrivalMicros = arrivalMicros;
        _qualityOfService = publish.QualityOfService;
        _retained = publish.Retained;
        _failure = failure;
        _isOutgoing = false;
        _source = default;
        _sequence = sequence;
    }

    public void Store(OutboundPublish publish, PublishSource source, long endMicros, string? failure, long sequence, int maximumPayloadBytes)
    {
        ReadOnlySpan<byte> payload = publish.Payload.Span;
        Reserve(Encoding.UTF8.GetMaxByteCount(publish.Topic.Length), ref _topic);
        _topicLength = Encoding.UTF8.GetBytes(publish.Topic, _topic);
        _storedLength = Copy(payload[..Math.Min(payload.Length, maximumPayloadBytes)], ref _payload);
        _payloadLength = payload.Length;
        _arrivalMicros = endMicros;
        _qualityOfService = publish.QualityOfService;
        _retained = publish.Retain;
        _failure = failure;
        _isOutgoing = true;
        _source = source;
        _sequence = sequence;
    }

    public WorkerMessage ToMessage()
    {
        bool cut = _storedLength < _payloadLength;
        ReadOnlySpan<byte> payload = _payload.AsSpan(0, _storedLength);
        ReadOnlySpan<byte> text = cut ? payload[..WholeCharacters(payload)] : payload;
        bool isText = Utf8.IsValid(text);
        return new WorkerMessage
        {
            Direction = _isOutgoing ? WorkerMessage.Out : WorkerMessage.In,
            Sequence = _sequence,
            Source = _source,
            Time = _arrivalMicros / 1e6,
            Topic = Encoding.UTF8.GetString(_topic, 0, _topicLength),
            Qos = (int)_qualityOfService,
            Retained = _retained,
            Text = isText ? Encoding.UTF8.GetString(text) : null,
            Hex = isText ? null : Convert.ToHexStringLower(payload),
            PayloadBytes = _payloadLength,
            Cut = cut,
            Failure = _failure,
        };
    }

    // Length without a character that the cut has split: at most three bytes of it, the first of which says how many there were.
    private static int WholeCharacters(ReadOnlySpan<byte> text)
    {
        for (int back = 1; back <= Math.Min(3, text.Length); back++)
        {
            byte value = text[^back];
            if ((value & 0xC0) == 0x80)
                continue;

            int needed = value switch { >= 0xF0 => 4, >= 0xE0 => 3, >= 0xC0 => 2, _ => 1 };
            return needed > back ? text.Length - back : text.Length;
        }

        return text.Length;
    }

    private static int Copy(ReadOnlySpan<byte> source, ref byte[] target)
    {
        Reserve(source.Length, ref target);
        source.CopyTo(target);
        return source.Length;
    }

    private static void Reserve(int length, ref byte[] target)
    {
        if (target.Length < length)
            target = new byte[(int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)length)];
    }
}
