using System.Text.Unicode;
using Plotune.Mqtt.Payloads.Time;

namespace Plotune.Mqtt.Payloads.Json;

/// <summary>
/// A payload as it was written, with slots where its values were. A device writes the same bytes around its values again and again: if they are the same and there
/// is a valid value in every slot, then this is the same JSON with other values, and no name has to be looked at. Never changes, so that topics share it.
/// </summary>
internal sealed class PayloadTemplate(DecoderContext context, TemplateDraft draft)
{
    private readonly int _maximumTextBytes = context.Options.MaximumTextBytes;
    private readonly long _toleranceMicros = context.TimestampToleranceMicros;
    private readonly byte[] _fixed = draft.Fixed.ToArray();
    private readonly TemplateSlot[] _slots = draft.Slots.ToArray();

    /// <summary>Memory it takes, roughly.</summary>
    public int Bytes => 128 + _fixed.Length + (16 * _slots.Length);

    public bool IsLike(TemplateDraft other) => other.Fixed.SequenceEqual(_fixed) && other.Slots.SequenceEqual(_slots);

    /// <summary>False if the payload does not fit; there may be samples in the message then.</summary>
    /// <param name="signals">The topic's signal of each leaf.</param>
    public bool TryDecode(ReadOnlySpan<byte> payload, ReadOnlySpan<int> signals, long arrivalMicros, DecodedMessage message)
    {
        var position = 0;
        ReadOnlySpan<byte> rest = _fixed;
        foreach (ref readonly var slot in _slots.AsSpan())
        {
            var length = slot.FixedBytes;
            if (payload.Length - position <= length || !payload.Slice(position, length).SequenceEqual(rest[..length]))
            {
                return false;
            }

            position += length;
            rest = rest[length..];
            var fits = payload[position] switch
            {
                (byte)'"' => TryText(slot, signals, payload, ref position, arrivalMicros, message),
                (byte)'t' or (byte)'f' or (byte)'n' => TryLiteral(slot, signals, payload, ref position, message),
                _ => TryNumber(slot, signals, payload, ref position, arrivalMicros, message),
            };
            if (!fits)
            {
                return false;
            }
        }

        return payload[position..].SequenceEqual(rest);
    }

    private bool TryNumber(in TemplateSlot slot, ReadOnlySpan<int> signals, ReadOnlySpan<byte> payload, ref int position, long arrivalMicros, DecodedMessage message)
    {
        var start = position;
        if (!DecimalNumber.TryReadJson(payload, ref position, out var number))
        {
            return false;
        }

        if (slot.Role == SlotRole.Leaf)
        {
            message.Add(new SignalSample(signals[slot.Leaf], SignalValueKind.Number, number.ToDouble(payload[start..position])));
            return true;
        }

        if (slot.Role is SlotRole.Ignored or SlotRole.LeftOut)
        {
            message.LeavesLeftOut += slot.Role == SlotRole.LeftOut ? 1 : 0;
            return true;
        }

        var plausible = PayloadTime.TryRead(number, arrivalMicros, _toleranceMicros, out var micros);
        if (slot.Role == SlotRole.LeafUnlessTime)
        {
            message.Add(new SignalSample(signals[slot.Leaf], SignalValueKind.Number, number.ToDouble(payload[start..position])));
            return !plausible;
        }

        message.TimeMicros = plausible ? micros : arrivalMicros;
        return plausible || slot.Role == SlotRole.Time;
    }

    private bool TryText(in TemplateSlot slot, ReadOnlySpan<int> signals, ReadOnlySpan<byte> payload, ref int position, long arrivalMicros, DecodedMessage message)
    {
        var start = position + 1;
        var end = JsonString.EndOfPlain(payload, start);
        var escaped = false;
        if (end >= payload.Length)
        {
            return false;
        }

        if (payload[end] != '"')
        {
            end = JsonString.FindEnd(payload, start, out escaped);
            if (end < 0 || !Utf8.IsValid(payload[start..end]))
            {
                return false;
            }
        }

        position = end + 1;
        var content = payload[start..end];
        switch (slot.Role)
        {
            case SlotRole.Leaf:
                TextSamples.Add(message, signals[slot.Leaf], content, escaped, _maximumTextBytes);
                return true;
            case SlotRole.Ignored:
                return true;
            case SlotRole.LeftOut:
                message.LeavesLeftOut++;
                return true;
            default:
                var plausible = PayloadTime.TryReadText(content, escaped, arrivalMicros, _toleranceMicros, out var micros);
                if (slot.Role == SlotRole.LeafUnlessTime)
                {
                    TextSamples.Add(message, signals[slot.Leaf], content, escaped, _maximumTextBytes);
                    return !plausible;
                }

                message.TimeMicros = plausible ? micros : arrivalMicros;
                return plausible || slot.Role == SlotRole.Time;
        }
    }

    private static bool TryLiteral(in TemplateSlot slot, ReadOnlySpan<int> signals, ReadOnlySpan<byte> payload, ref int position, DecodedMessage message)
    {
        var rest = payload[position..];
        var isTrue = rest.StartsWith("true"u8);
        if (isTrue || rest.StartsWith("false"u8))
        {
            position += isTrue ? 4 : 5;
            if (slot.Role == SlotRole.Leaf)
            {
                message.Add(new SignalSample(signals[slot.Leaf], SignalValueKind.Boolean, isTrue ? 1 : 0));
            }

            message.LeavesLeftOut += slot.Role == SlotRole.LeftOut ? 1 : 0;

            // Where a time is expected, another member may be the time instead.
            return slot.Role <= SlotRole.LeftOut;
        }

        if (!rest.StartsWith("null"u8))
        {
            return false;
        }

        position += 4;
        if (slot.Role == SlotRole.Leaf)
        {
            message.Add(new SignalSample(signals[slot.Leaf], SignalValueKind.Gap));
        }

        return slot.Role == SlotRole.Ignored || (slot.NullIsOwn && slot.Role <= SlotRole.LeftOut);
    }
}
