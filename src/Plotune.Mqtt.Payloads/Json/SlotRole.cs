namespace Plotune.Mqtt.Payloads.Json;

/// <summary>What a <see cref="PayloadTemplate"/> does with the value at one place.</summary>
internal enum SlotRole : byte
{
    /// <summary>Any value: it is no signal.</summary>
    Ignored,

    /// <summary>Part of the fixed bytes: another value there has another meaning.</summary>
    Fixed,

    /// <summary>A sample of a signal.</summary>
    Leaf,

    /// <summary>A leaf for which there is no room.</summary>
    LeftOut,

    /// <summary>The time of the samples; if it is no plausible time, that of arrival is.</summary>
    Time,

    /// <summary>The time of the samples, but only as long as it is a plausible one.</summary>
    PlausibleTime,

    /// <summary>A sample of a signal, but only as long as it is no plausible time.</summary>
    LeafUnlessTime,
}
