namespace Plotune.Mqtt.Payloads.Json;

/// <summary>A template in the making: what a parsed payload comes to, and the signals it has there. Its memory is used again for the next one.</summary>
internal sealed class TemplateDraft(PayloadOptions options)
{
    private const int SlotBytes = 16;
    private const int KeptBytes = 16 << 10;
    private const int KeptSlots = 1024;

    private byte[] _fixed = new byte[256];
    private TemplateSlot[] _slots = new TemplateSlot[16];
    private int[] _signals = new int[16];
    private int _fixedBytes;
    private int _slotCount;
    private int _signalCount;

    public ReadOnlySpan<byte> Fixed => _fixed.AsSpan(0, _fixedBytes);

    public ReadOnlySpan<TemplateSlot> Slots => _slots.AsSpan(0, _slotCount);

    /// <summary>The signal of each leaf, in order.</summary>
    public ReadOnlySpan<int> Signals => _signals.AsSpan(0, _signalCount);

    /// <summary>Takes over a parsed payload; false if its template would take more memory, or could hold more leaves, than allowed.</summary>
    public bool TryTake(ReadOnlySpan<JsonToken> tokens, ReadOnlySpan<byte> payload, long maximumBytes)
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
        if (slots > options.MaximumLeaves || fixedBytes + (slots * (long)SlotBytes) > maximumBytes)
        {
            return false;
        }

        Reserve(ref _fixed, fixedBytes, KeptBytes);
        Reserve(ref _slots, slots, KeptSlots);
        Reserve(ref _signals, slots, KeptSlots);
        _fixedBytes = _slotCount = _signalCount = 0;
        var position = 0;
        foreach (ref readonly var token in tokens)
        {
            if (IsSlot(token))
            {
                Append(payload[position..token.Start]);
                _slots[_slotCount++] = new TemplateSlot(token.Start - position, _signalCount, token.Role, token.Node is null or { Children.Length: 0 });
                if (token.Role is SlotRole.Leaf or SlotRole.LeafUnlessTime)
                {
                    _signals[_signalCount++] = token.Node!.SignalId;
                }

                position = token.Start + token.Length;
            }
        }

        Append(payload[position..]);
        return true;
    }

    private static bool IsSlot(in JsonToken token) => !token.IsContainer && token.Role != SlotRole.Fixed;

    private static void Reserve<T>(ref T[] array, int length, int kept)
    {
        if (array.Length < length || (array.Length > kept && length <= kept))
        {
            array = new T[Math.Max(length, Math.Min(array.Length, kept))];
        }
    }

    private void Append(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(_fixed.AsSpan(_fixedBytes));
        _fixedBytes += bytes.Length;
    }
}
