namespace Plotune.Mqtt.Payloads.Json;

/// <summary>The newest few templates of a topic, the one used last in front. A structure inside its decoder, never copied, so that the one in front is found with the decoder.</summary>
internal struct TemplateCache()
{
    private const byte MaximumTemplates = 4;
    private const int MaximumCredit = 8;
    private const int MissesPerCredit = 256;

    /// <summary>What one template may take: so much, and so much more per signal of the topic.</summary>
    private const int BytesAlways = 1024;
    private const int BytesPerSignal = 64;

    private TopicTemplate _front;
    private TopicTemplate[] _others = [];
    private byte _count;
    private byte _credit = MaximumCredit;
    private int _misses;

    public bool TryDecode(ReadOnlySpan<byte> payload, long arrivalMicros, DecodedMessage message)
    {
        if (_count > 0 && (_front.TryDecode(payload, arrivalMicros, message) || TryOthers(payload, arrivalMicros, message)))
        {
            if (_credit < MaximumCredit)
            {
                _credit++;
            }

            return true;
        }

        return false;
    }

    /// <summary>Makes a template of the payload just parsed. A topic whose payloads never look alike stops paying for this soon.</summary>
    public void Learn(DecoderContext context, ReadOnlySpan<byte> payload, int signals)
    {
        if (_credit == 0 && ++_misses % MissesPerCredit != 0)
        {
            return;
        }

        _credit = (byte)Math.Max(0, _credit - 1);
        if (!context.Draft.TryTake(context.Tape.Tokens, payload, BytesAlways + (BytesPerSignal * (long)signals)))
        {
            _count = Math.Min(_count, (byte)(MaximumTemplates - 1));
            return;
        }

        if (_count > 0 && _others.Length == 0)
        {
            _others = new TopicTemplate[MaximumTemplates - 1];
        }

        _count = (byte)Math.Min(_count + 1, MaximumTemplates);
        MoveToFront(_count - 1);
        _front.Set(context.Templates.Get(context.Draft), context.Draft.Signals);
    }

    public void Clear() => _count = 0;

    private bool TryOthers(ReadOnlySpan<byte> payload, long arrivalMicros, DecodedMessage message)
    {
        for (var i = 0; ; i++)
        {
            message.Clear();
            message.TimeMicros = arrivalMicros;
            if (i == _count - 1)
            {
                return false;
            }

            if (_others[i].TryDecode(payload, arrivalMicros, message))
            {
                MoveToFront(i + 1);
                return true;
            }
        }
    }

    /// <param name="place">From 0 for the front.</param>
    private void MoveToFront(int place)
    {
        if (place == 0)
        {
            return;
        }

        var template = _others[place - 1];
        Array.Copy(_others, 0, _others, 1, place - 1);
        _others[0] = _front;
        _front = template;
    }
}
