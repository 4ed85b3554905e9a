using System.Text.Unicode;
using Plotune.Mqtt.Payloads.Time;

namespace Plotune.Mqtt.Payloads.Json;

/// <summary>
/// A payload as it was written, with slots where its values were. A device writes the same bytes around its values again and again: if they are the same and there
/// is a valid value in every slot, then this is the same JSON with other values, and no name has to be looked at.
/// </summary>
internal sealed class PayloadTemplate(DecoderContext context)
{
    private const int SlotBytes = 16;

    /// <summary>A template is used again for other payloads of its topic; this much room lets small ones take turns without new arrays.</summary>
    private const int LeastFixedBytes = 32;
    private const int LeastSlots = 2;

    private readonly int _maximumTextBytes = context.Options.MaximumTextBytes;
    private readonly long _toleranceMicros = context.TimestampToleranceMicros;
    private byte[] _fixed = [];
    private TemplateSlot[] _slots = [];
    private int _fixedBytes;
    private int _count;

    /// <summary>Takes over a parsed payload; false if it would take more memory, or could hold more leaves, than allowed.</summary>
    public bool TryMake(ReadOnlySpan<JsonToken> tokens, ReadOnlySpan<byte> payload, long maximumBytes)
    {
        var slots = 0;
        var fixedBytes = payload.Length;
        foreach (ref readonly var token in tokens)
        {
            if (IsSlot(token))
            {
                slots++;
                fixedBytes -= token.Length;
            }
        }

        // With a slot for each, values that are null here could be one leaf too many next time.
        if (slots > context.Options.MaximumLeaves || fixedBytes + (slots * (long)SlotBytes) > maximumBytes)
        {
            return false;
        }

        _fixed = _fixed.Length >= fixedBytes ? _fixed : new byte[Math.Max(fixedBytes, LeastFixedBytes)];
        _slots = _slots.Length >= slots ? _slots : new TemplateSlot[Math.Max(slots, LeastSlots)];
        _fixedBytes = 0;
        _count = 0;
        var position = 0;
        foreach (ref readonly var token in tokens)
        {
            if (IsSlot(token))
            {
                var before = payload[position..token.Start];
                before.CopyTo(_fixed.AsSpan(_fixedBytes));
                _fixedBytes += before.Length;
                _slots[_count++] = new TemplateSlot(before.Length, token.Node?.SignalId ?? -1, token.Role, token.Node is null or { Children.Length: 0 });
                position = token.Start + token.Length;
            }
        }

        payload[position..].CopyTo(_fixed.AsSpan(_fixedBytes));
        _fixedBytes += payload.Length - position;
        return true;
    }

    /// <summary>False if the payload does not fit; there may be samples in the message then.</summary>
    public bool TryDecode(ReadOnlySpan<byte> payload, long arrivalMicros, DecodedMessage message)
    {
        var position = 0;
        ReadOnlySpan<byte> rest = _fixed.AsSpan(0, _fixedBytes);
        foreach (ref readonly var slot in _slots.AsSpan(0, _count))
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
                (byte)'"' => TryText(slot, payload, ref position, arrivalMicros, message),
                (byte)'t' or (byte)'f' or (byte)'n' => TryLiteral(slot, payload, ref position, message),
                _ => TryNumber(slot, payload, ref position, arrivalMicros, message),
            };
            if (!fits)
            {
                return false;
            }
        }

        return payload[position..].SequenceEqual(rest);
    }

    private static bool IsSlot(in JsonToken token) => !token.IsContainer && token.Role != SlotRole.Fixed;

    private bool TryNumber(in TemplateSlot slot, ReadOnlySpan<byte> payload, ref int position, long arrivalMicros, DecodedMessage message)
    {
        var start = position;
        if (!DecimalNumber.TryReadJson(payload, ref position, out var number))
        {
            return false;
        }

        if (slot.Role == SlotRole.Leaf)
        {
            message.Add(new SignalSample(slot.SignalId, SignalValueKind.Number, number.ToDouble(payload[start..position])));
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
            message.Add(new SignalSample(slot.SignalId, SignalValueKind.Number, number.ToDouble(payload[start..position])));
            return !plausible;
        }

        message.TimeMicros = plausible ? micros : arrivalMicros;
        return plausible || slot.Role == SlotRole.Time;
    }

    private bool TryText(in TemplateSlot slot, ReadOnlySpan<byte> payload, ref int position, long arrivalMicros, DecodedMessage message)
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
                TextSamples.Add(message, slot.SignalId, content, escaped, _maximumTextBytes);
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
                    TextSamples.Add(message, slot.SignalId, content, escaped, _maximumTextBytes);
                    return !plausible;
                }

                message.TimeMicros = plausible ? micros : arrivalMicros;
                return plausible || slot.Role == SlotRole.Time;
        }
    }

    private static bool TryLiteral(in TemplateSlot slot, ReadOnlySpan<byte> payload, ref int position, DecodedMessage message)
    {
        var rest = payload[position..];
        var isTrue = rest.StartsWith("true"u8);
        if (isTrue || rest.StartsWith("false"u8))
        {
            position += isTrue ? 4 : 5;
            if (slot.Role == SlotRole.Leaf)
            {
                message.Add(new SignalSample(slot.SignalId, SignalValueKind.Boolean, isTrue ? 1 : 0));
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
            message.Add(new SignalSample(slot.SignalId, SignalValueKind.Gap));
        }

        return slot.Role == SlotRole.Ignored || (slot.NullIsOwn && slot.Role <= SlotRole.LeftOut);
    }
}
