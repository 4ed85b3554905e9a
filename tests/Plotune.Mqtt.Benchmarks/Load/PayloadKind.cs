namespace Plotune.Mqtt.Benchmarks.Load;

/// <summary>What the load is made of.</summary>
public enum PayloadKind
{
    /// <summary>A value object with a time: one sample in 46 bytes.</summary>
    Small,

    /// <summary>Three levels, 23 leaves, one array, in some 395 bytes.</summary>
    Nested,
}
