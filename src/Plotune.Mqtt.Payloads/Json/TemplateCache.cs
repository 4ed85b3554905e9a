namespace Plotune.Mqtt.Payloads.Json;

/// <summary>The newest few templates of a topic, the one used last in front.</summary>
internal sealed class TemplateCache(DecoderContext context)
{
    private const int MaximumTemplates = 4;
    private const int MaximumCredit = 8;
    private const int MissesPerCredit = 256;

    /// <summary>What one template may take: so much, and so much more per signal of the topic.</summary>
    private const int BytesAlways = 1024;
    private const int BytesPerSignal = 64;

    private PayloadTemplate[] _templates = [];
    private int _count;
    private int _credit = MaximumCredit;
    private int _misses;

    public bool TryDecode(ReadOnlySpan<byte> payload, long arrivalMicros, DecodedMessage message)
    {
        for (var i = 0; i < _count; i++)
        {
            var template = _templates[i];
            if (template.TryDecode(payload, arrivalMicros, message))
            {
                if (i > 0)
                {
                    MoveToFront(i);
                }

                _credit = _credit < MaximumCredit ? _credit + 1 : MaximumCredit;
                return true;
            }

            message.Clear();
            message.TimeMicros = arrivalMicros;
        }

        return false;
    }

    /// <summary>Makes a template of the payload just parsed. A topic whose payloads never look alike stops paying for this soon.</summary>
    public void Learn(ReadOnlySpan<byte> payload, int signals)
    {
        if (_credit == 0 && ++_misses % MissesPerCredit != 0)
        {
            return;
        }

        _credit = Math.Max(0, _credit - 1);
        if (_count == _templates.Length && _count < MaximumTemplates)
        {
            Array.Resize(ref _templates, _count == 0 ? 1 : MaximumTemplates);
        }

        var last = Math.Min(_count, MaximumTemplates - 1);
        var template = _templates[last] ??= new PayloadTemplate(context);
        if (template.TryMake(context.Tape.Tokens, payload, BytesAlways + (BytesPerSignal * (long)signals)))
        {
            _count = last + 1;
            MoveToFront(last);
        }
        else
        {
            _count = last;
        }
    }

    public void Clear() => _count = 0;

    private void MoveToFront(int index)
    {
        var template = _templates[index];
        Array.Copy(_templates, 0, _templates, 1, index);
        _templates[0] = template;
    }
}
