using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Plotune.Mqtt.Payloads;

/// <summary>
/// Loads memory before it is needed. Among many signals each message meets memory that no cache holds; asked for early, many such loads go on at once, and the wait for one is the wait for all.
/// </summary>
public static class CacheLine
{
    /// <summary>Begins to load the bytes around a place; a hint, and nothing where the processor is no x86.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe void Prefetch<T>(ref readonly T place)
    {
        // Not pinned: an object that is moved meanwhile costs a load for nothing, since the instruction never faults.
        if (Sse.IsSupported)
            Sse.Prefetch0(Unsafe.AsPointer(ref Unsafe.AsRef(in place)));
    }

    /// <summary>Begins to load an object of at most 64 bytes, or so much of a larger one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe void PrefetchObject(object target, int bytes)
    {
        // By the reference itself: to ask for the place of a field would read the object, to see whether it is there, and so wait for it.
        if (!Sse.IsSupported)
            return;

        byte* start = (byte*)Unsafe.As<object, nint>(ref target);
        Sse.Prefetch0(start);
        Sse.Prefetch0(start + bytes - 1);
    }
}
